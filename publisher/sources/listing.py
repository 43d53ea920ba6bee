"""The simulated symbols: fifty well-known names, then invented companies.

Prices are where the simulation starts, not quotations: about what they once were. The first symbols tick
most often.
"""

from typing import NamedTuple

from tickcast.publisher.sources.company import invent
from tickcast.wire.decimals import places
from tickcast.wire.instrument import Instrument

MAX_LISTINGS = 10_000
"""Symbols in the simulation, at most."""


class Listing(NamedTuple):
    """A simulated instrument with its sector and volatility."""

    instrument: Instrument
    sector: str
    volatility: float
    """Standard deviation of log returns over a year: 0.3 is 30 %."""

    @property
    def reference_ticks(self) -> int:
        """The reference price as a number of tick sizes."""
        return round(float(self.instrument.reference) / float(self.instrument.tick))

    @property
    def decimals(self) -> int:
        """Decimal places of its prices."""
        return places(self.instrument.tick)


_KNOWN = """
AAPL    Apple                   189.34   0.01  USD  technology   0.28
NVDA    NVIDIA                  177.82   0.01  USD  chips        0.48
MSFT    Microsoft               512.57   0.01  USD  technology   0.25
TSLA    Tesla                   346.40   0.01  USD  cars         0.58
AMZN    Amazon                  228.15   0.01  USD  retail       0.32
SPY     SPDR S&P 500 ETF        658.79   0.01  USD  funds        0.17
QQQ     Invesco QQQ Trust       592.21   0.01  USD  funds        0.22
GOOGL   Alphabet Class A        241.78   0.01  USD  technology   0.30
META    Meta Platforms          748.65   0.01  USD  technology   0.36
AMD     Advanced Micro Devices  161.79   0.01  USD  chips        0.50
INTC    Intel                    24.80   0.01  USD  chips        0.46
BAC     Bank of America          50.58   0.01  USD  banks        0.26
JPM     JPMorgan Chase          307.55   0.01  USD  banks        0.24
NFLX    Netflix                1198.92   0.01  USD  media        0.34
AVGO    Broadcom                344.31   0.01  USD  chips        0.45
XOM     Exxon Mobil             112.16   0.01  USD  energy       0.25
F       Ford Motor               11.61   0.01  USD  cars         0.36
T       AT&T                     29.48   0.01  USD  telecoms     0.22
PFE     Pfizer                   23.95   0.01  USD  health       0.25
WMT     Walmart                 103.49   0.01  USD  retail       0.21
KO      Coca-Cola                66.72   0.01  USD  food         0.16
DIS     Walt Disney             115.92   0.01  USD  media        0.27
CSCO    Cisco Systems            66.94   0.01  USD  technology   0.23
V       Visa                    339.01   0.01  USD  banks        0.20
MA      Mastercard              582.24   0.01  USD  banks        0.21
WFC     Wells Fargo              80.79   0.01  USD  banks        0.28
C       Citigroup                99.63   0.01  USD  banks        0.30
ORCL    Oracle                  292.18   0.01  USD  technology   0.38
CRM     Salesforce              242.76   0.01  USD  technology   0.33
ADBE    Adobe                   349.36   0.01  USD  technology   0.32
PEP     PepsiCo                 142.01   0.01  USD  food         0.19
PG      Procter & Gamble        157.55   0.01  USD  food         0.17
JNJ     Johnson & Johnson       178.06   0.01  USD  health       0.18
UNH     UnitedHealth Group      353.61   0.01  USD  health       0.35
MRK     Merck                    82.27   0.01  USD  health       0.24
LLY     Eli Lilly               755.39   0.01  USD  health       0.34
CVX     Chevron                 157.11   0.01  USD  energy       0.25
COST    Costco Wholesale        967.90   0.01  USD  retail       0.21
HD      Home Depot              423.57   0.01  USD  retail       0.22
MCD     McDonald's              306.98   0.01  USD  food         0.18
NKE     Nike                     73.40   0.01  USD  retail       0.35
BA      Boeing                  215.94   0.01  USD  industry     0.33
GE      GE Aerospace            281.40   0.01  USD  industry     0.29
CAT     Caterpillar             431.92   0.01  USD  industry     0.29
IBM     IBM                     256.24   0.01  USD  technology   0.24
7203.T  Toyota Motor              2874   0.5   JPY  cars         0.28
6758.T  Sony Group                4251   1     JPY  media        0.31
ASML.AS ASML Holding             742.8   0.1   EUR  chips        0.37
SAP.DE  SAP                     229.35   0.05  EUR  technology   0.27
NESN.SW Nestlé                   73.82   0.02  CHF  food         0.18
"""

_SECTORS = ("technology", "chips", "banks", "energy", "health", "retail", "food", "industry", "media", "cars")


def listings(count: int) -> list[Listing]:
    """Return the first `count` listings, 1 to MAX_LISTINGS: the same in every run."""
    known = [_parse(line) for line in _KNOWN.strip().splitlines()]
    taken = {listing.instrument.symbol for listing in known}
    return known[:count] + [
        Listing(instrument, _SECTORS[number % len(_SECTORS)], volatility)
        for number, (instrument, volatility) in enumerate(invent(count - len(known), taken))
    ]


def _parse(line: str) -> Listing:
    symbol, rest = line.split(maxsplit=1)
    name, reference, tick, currency, sector, volatility = rest.rsplit(maxsplit=5)
    return Listing(Instrument(symbol, name, tick, reference, currency), sector, float(volatility))
