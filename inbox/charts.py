"""Charts as SVG, made on the server: sizes are attributes, colours come from the style sheets."""

from collections.abc import Mapping, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_STEP, _BAR, _GAP = 10, 6, 0.8


class Bar:
    """One column of a chart: its parts from the bottom up, what it says, and where a click on it leads."""

    __slots__ = ("href", "parts", "title")

    def __init__(self, parts: Mapping[str, int], title: str = "", href: str = "") -> None:
        self.parts, self.title, self.href = parts, title, href


def stacked(
    bars: Sequence[Bar], *, height: int = 56, target: str = "", swap: str = "outerHTML", history: str = "push"
) -> SafeString:
    """Columns of stacked parts; a part's key is its department's mark. Hidden from screen readers: the words beside it
    and its table say the same. A click swaps the element that `target` names, and pushes or replaces the address."""
    top = max((sum(bar.parts.values()) for bar in bars), default=0) or 1
    drawn: dict[str, list[str]] = {}
    links = []
    for number, bar in enumerate(bars):
        y, x = float(height), number * _STEP + (_STEP - _BAR) // 2
        for mark, count in bar.parts.items():
            tall = max(count / top * (height - 4), 1.6)
            y -= tall
            size = f'width="{_BAR}" height="{max(tall - _GAP, 0.8):.1f}" rx=".8"'
            drawn.setdefault(mark, []).append(f'<rect x="{x}" y="{y:.1f}" {size}/>')
        if bar.href and bar.parts:
            href = escape(bar.href)
            asks = f' hx-get="{href}" hx-target="{target}" hx-swap="{swap}" hx-{history}-url="true"' if target else ""
            links.append(
                f'<a href="{href}" tabindex="-1"{asks}><title>{escape(bar.title)}</title>'
                f'<rect class="hit" x="{number * _STEP}" y="0" width="{_STEP}" height="{height}"/></a>'
            )
    width = len(bars) * _STEP
    body = "".join(f'<g data-dept="{escape(mark)}">{"".join(rects)}</g>' for mark, rects in drawn.items())
    rule = f'<line class="rule" x2="{width}" y1="{height - 0.5}" y2="{height - 0.5}"/>'
    return mark_safe(  # noqa: S308 - every part above is a number or escaped
        f'<svg class="chart" height="{height}" viewBox="0 0 {width} {height}" preserveAspectRatio="none"'
        f' aria-hidden="true" focusable="false">{rule}{body}{"".join(links)}</svg>'
    )
