"""Charts as small, plain SVG. Pure.

Colours are legible on light and dark pages, and every bar has its number beside it.
"""

from collections.abc import Sequence
from html import escape
from math import floor, log10

from tickcast.bench.result import number

WIDTH = 720
OURS, OTHERS, INK = "#2f81f7", "#8b949e", "#6e7781"
_LABEL = 190
_ROW = 30
_TOP = 40
_HEIGHT = 300
_LEFT, _RIGHT, _BOTTOM = 80, 30, 46


def bars(title: str, values: Sequence[tuple[str, float]], digits: int) -> str:
    """Return a chart with a bar for each name; bars of Tickcast have another colour."""
    most = max((value for _, value in values), default=0) or 1
    room = WIDTH - _LABEL - 110
    parts = []
    for place, (name, value) in enumerate(values):
        y = _TOP + place * _ROW
        colour = OURS if name.startswith("Tickcast") else OTHERS
        length = max(1.0, room * value / most)
        parts += [
            _text(_LABEL - 10, y + 16, name, "end"),
            f'<rect x="{_LABEL}" y="{y}" width="{length:.1f}" height="22" rx="3" fill="{colour}"/>',
            _text(_LABEL + length + 8, y + 16, number(value, digits)),
        ]
    return _svg(title, _TOP + len(values) * _ROW + 10, parts)


def line(title: str, points: Sequence[tuple[float, float]], across: str) -> str:
    """Return a chart of a line through `points`; both axes begin at zero. `across` names the x axis."""
    right, top = _ceiling(max(x for x, _ in points)), _ceiling(max(y for _, y in points))
    wide, high = WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def at(x: float, y: float) -> tuple[float, float]:
        return _LEFT + wide * x / right, _TOP + high * (1 - y / top)

    parts = []
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = at(right * part, top * part)
        parts += [
            f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="{INK}" stroke-opacity="0.25"/>',
            _text(_LEFT - 8, y + 4, number(top * part), "end"),
            _text(x, _HEIGHT - _BOTTOM + 18, number(right * part), "middle"),
        ]
    places = [at(x, y) for x, y in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{OURS}" stroke-width="2"/>')
    if len(places) <= 20:
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{OURS}"/>' for x, y in places]
    parts.append(_text(_LEFT + wide / 2, _HEIGHT - 8, across, "middle"))
    return _svg(title, _HEIGHT, parts)


def _ceiling(value: float) -> float:
    """Return the next round number: 1, 2, 4 or 10 times a power of ten."""
    if value <= 0:
        return 1.0
    unit = 10.0 ** floor(log10(value))
    return next(step * unit for step in (1, 2, 4, 10) if step * unit >= value)


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}">{escape(text)}</text>'


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
        f'role="img" aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="13">\n'
        f'<text x="0" y="20" font-size="15" font-weight="600" fill="{INK}">{escape(title)}</text>\n'
        f"{body}\n</svg>\n"
    )
