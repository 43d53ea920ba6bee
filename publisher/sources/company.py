"""Invented companies: plausible names, symbols and prices for any number of symbols."""

import itertools
import random
from collections.abc import Iterator

from tickcast.wire.instrument import Instrument

_FIRST = """
Alder Amber Anchor Apex Arbor Aspen Aster Atlas Aurora Avon Baltic Beacon Birch Blue Bolton Boreal Bright
Bristol Cairn Calder Cedar Cobalt Copper Coral Crown Dalton Delta Dover Eagle Eastern Echo Elm Ember
Everest Falcon Fenwick Fjord Forest Garnet Glacier Golden Granite Harbor Hazel Helix Heron Hudson Indigo
Iris Ivory Jasper Juniper Keystone Kingsley Lagoon Lantern Laurel Liberty Linden Lunar Maple Marlow
Meridian Mill Nimbus North Nova Oak Ocean Olive Onyx Orchard Orion Pacific Pebble Pine Pioneer Polar
Prairie Quartz Quill Raven Redwood Ridge River Rowan Sable Sage Sierra Silver Sterling Summit Tamar Teal
Tern Thistle Timber Trident Tundra Union Upland Valley Velvet Vista Walnut Waverly Western Willow Winter
Wren Yarrow Zenith Zephyr
"""
_SECOND = """
Analytics Audio Bank Biotech Brands Capital Chemicals Cloud Data Devices Diagnostics Dynamics Energy
Engineering Foods Freight Gas Health Homes Hotels Industries Insurance Labs Logistics Materials Media
Metals Mining Mobility Motors Networks Paper Pharma Power Properties Rail Resources Robotics Semiconductor
Shipping Software Solar Steel Systems Telecom Textiles Therapeutics Tools Water
"""
_THIRD = ("Inc", "Corp", "Group", "Holdings")


def invent(count: int, taken: set[str]) -> Iterator[tuple[Instrument, float]]:
    """Yield `count` instruments with symbols outside `taken`, each with its annual volatility.

    Every run invents the same companies, so that a restarted feed has the same symbols.
    """
    rng = random.Random(20260101)
    names = [" ".join(words) for words in itertools.product(_FIRST.split(), _SECOND.split(), _THIRD)]
    rng.shuffle(names)
    used = set(taken)
    for name in names[: max(0, count)]:
        symbol = next(ticker for ticker in _tickers(name) if ticker not in used)
        used.add(symbol)
        price = min(max(rng.lognormvariate(4.0, 0.9), 2.0), 3000.0)
        yield Instrument(symbol, name, "0.01", f"{price:.2f}", "USD"), rng.uniform(0.2, 0.6)


def _tickers(name: str) -> Iterator[str]:
    """Yield symbols of four letters: letters of the name in order, then its first letter and any three."""
    letters = name.upper().replace(" ", "")
    for others in itertools.combinations(letters[1:], 3):
        yield letters[0] + "".join(others)
    for triple in itertools.product("ABCDEFGHIJKLMNOPQRSTUVWXYZ", repeat=3):
        yield letters[0] + "".join(triple)
