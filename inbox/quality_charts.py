"""The charts of quality as SVG: sizes are attributes, colours come from the style sheets. Words and tables beside them
say the same."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

Point = tuple[float, float]


def lines(
    series: Mapping[str, Sequence[Point]], *, width: int = 420, height: int = 120, diagonal: bool = False
) -> SafeString:
    """Curves of points between 0 and 1, by their mark; three rules at 0, half and all. `diagonal`: as it should be."""
    rules = "".join(
        f'<line class="rule" x2="{width}" y1="{_y(at, height)}" y2="{_y(at, height)}"/>' for at in (0, 0.5, 1)
    )
    if diagonal:
        rules += f'<line class="mark" x1="0" y1="{_y(0, height)}" x2="{width}" y2="{_y(1, height)}"/>'
    body = "".join(
        f'<path class="line" data-dept="{escape(mark)}" d="{_path(points, width, height)}"/>'
        for mark, points in series.items()
        if points
    )
    return _drawn(width, height, rules + body)


def curve(points: Sequence[Mapping[str, Any]], mark: str, *, wished: float) -> SafeString:
    """How precise decisions are (line) and how many are decided (area) at each threshold, from 0.3 to 0.95."""
    width, height = 240, 84
    at = [((one["threshold"] - 0.3) / 0.65, one) for one in points]
    shares = [(x, one["share"]) for x, one in at]
    area = ""
    if shares:
        first, last = round(shares[0][0] * width, 1), round(shares[-1][0] * width, 1)
        area = f'<path class="area soft" d="{_path(shares, width, height)}L{last} {height}L{first} {height}z"/>'
    wish = f'<line class="mark" x2="{width}" y1="{_y(wished, height)}" y2="{_y(wished, height)}"/>'
    line = f'<path class="line" d="{_path([(x, one["precision"]) for x, one in at], width, height)}"/>' if at else ""
    return _drawn(width, height, f'<g data-dept="{escape(mark)}">{area}{line}</g>{wish}')


def meter(percent: int, mark: str = "") -> SafeString:
    """A share as a thin bar."""
    return mark_safe(  # noqa: S308 - a number and an escaped word
        f'<svg class="meter" data-dept="{escape(mark)}" viewBox="0 0 100 4" preserveAspectRatio="none"'
        f' aria-hidden="true"><rect width="{percent}" height="4"/></svg>'
    )


def _y(share: float, height: int) -> float:
    return round(height - 2 - share * (height - 4), 1)


def _path(points: Sequence[Point], width: int, height: int) -> str:
    return "M" + "L".join(f"{round(x * width, 1)} {_y(y, height)}" for x, y in points)


def _drawn(width: int, height: int, body: str) -> SafeString:
    return mark_safe(  # noqa: S308 - every part is a number or escaped
        f'<svg class="chart" height="{height}" viewBox="0 0 {width} {height}" preserveAspectRatio="none"'
        f' aria-hidden="true" focusable="false">{body}</svg>'
    )
