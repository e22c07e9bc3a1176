"""Charts as SVG, accessible, for light and dark pages, without resources of other hosts."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum

from attrs import field, frozen

from ._printable import printable


class Kind(Enum):
    """The meaning of a color. The colors differ in brightness, too, and always come with words."""

    GOOD = "good"
    ACTIVE = "active"
    WAITING = "waiting"
    BAD = "bad"
    NONE = "none"


@frozen
class Bar:
    """A bar, divided into kinds."""

    label: str
    parts: Mapping[Kind, int]
    numbers: str = ""
    """The numbers in words, to the right of the label."""


@frozen
class Bars:
    """Horizontal bars that can be compared with each other."""

    heading: str
    bars: Sequence[Bar]
    legend: Mapping[Kind, str] = field(factory=dict)
    """The words for the kinds. Those that occur are shown."""


@frozen
class Days:
    """A growing number of devices, day by day."""

    heading: str
    done: Sequence[int]
    """The number at the end of each day."""
    of: int
    """The number of all devices."""


Panel = Bars | Days


def chart(
    title: str,
    description: str,
    panels: Sequence[Panel],
    *,
    width: int = 400,
    name: str = "chart",
    is_file: bool = False,
) -> str:
    """Return an SVG image of panels, one below the other.

    Args:
        title: what the image shows, in a few words.
        description: the same as text, for people who do not see it.
        panels: the panels.
        width: the width in units. A text is 13 units high, and the image scales with its place.
        name: a prefix for identifiers, unique in the page that shows the image.
        is_file: whether it is a file of its own, with a background and its title on top.
    """
    drawing = _Drawing(width)
    top = drawing.heading(title, 24) if is_file else 0
    for panel in panels:
        top = drawing.bars(panel, top) if isinstance(panel, Bars) else drawing.days(panel, top)
    height = round(top)
    box = f"-{_MARGIN} -{_MARGIN} {width + 2 * _MARGIN} {height + 2 * _MARGIN}"
    size = f' width="{width + 2 * _MARGIN}" height="{height + 2 * _MARGIN}"' if is_file else ""
    paper = '<rect class="paper" x="-16" y="-16" width="100%" height="100%"/>' if is_file else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="{box}"{size} '
        f'aria-labelledby="{name}-title {name}-description"><title id="{name}-title">'
        f'{xml_text(title)}</title><desc id="{name}-description">{xml_text(description)}</desc>'
        f"{f'<style>{STYLE}</style>' if is_file else ''}{paper}{''.join(drawing.elements)}</svg>"
    )


_MARGIN = 16

STYLE = """
.chart{--ink:#1f2328;--soft:#59636e;--rule:#d1d9e0;--paper:#fff;--good:#0072b2;--active:#3fa7d6;
--waiting:#d89000;--bad:#b8341b;--none:#8c959f;font:13px system-ui,sans-serif}
@media screen and (prefers-color-scheme:dark){.chart{--ink:#e6edf3;--soft:#9aa4ae;--rule:#3d444d;
--paper:#12161c;--good:#4ba3e3;--active:#9ad4f0;--waiting:#f0b429;--bad:#ff7b5c;--none:#6e7681}}
.chart text{fill:var(--ink)}.chart .h{font-weight:600;font-size:15px}.chart .s{fill:var(--soft)}
.chart .e{text-anchor:end}.chart .m{text-anchor:middle}.chart .rule{stroke:var(--rule)}
.chart .track{fill:var(--rule);opacity:.45}.chart .paper{fill:var(--paper)}
.chart .good{fill:var(--good)}.chart .active{fill:var(--active)}.chart .waiting{fill:var(--waiting)}
.chart .bad{fill:var(--bad)}.chart .none{fill:var(--none)}
"""
"""The style of charts. A page that shows some has it once."""


def xml_text(text: str) -> str:
    """Return a text for XML and HTML: escaped, without characters that these cannot contain."""
    return html.escape(_NO_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", printable(text)))


_NO_CHARACTERS = re.compile("[\ufffe\uffff]")


@frozen
class _Drawing:
    """The elements of an image. Each method draws below a height and returns the next one."""

    width: int
    elements: list[str] = field(init=False, factory=list)

    def heading(self, text: str, below: int = 14) -> float:
        self._text(0, 15, text, "h")
        return 15 + below

    def bars(self, panel: Bars, top: float) -> float:
        self._text(0, top + 15, panel.heading, "h")
        used = {kind for bar in panel.bars for kind, number in bar.parts.items() if number}
        legend = {kind: word for kind, word in panel.legend.items() if kind in used}
        top = self._legend(legend, top + 24)
        longest = max((sum(bar.parts.values()) for bar in panel.bars), default=0) or 1
        for bar in panel.bars:
            room = self.width - _extent(bar.numbers) - 12
            for line in _lines(bar.label, room):
                top += 17
                self._text(0, top, line)
            self._text(self.width, top, bar.numbers, "s e")
            self._bar(bar, top + 6, longest)
            top += 26
        return top + 16

    def _bar(self, bar: Bar, top: float, longest: int) -> None:
        self._rectangle("track", 0, top, self.width, 12)
        left = 0.0
        for kind, number in bar.parts.items():
            share = self.width * number / longest
            if number:
                self._rectangle(kind.value, left, top, max(share, 1.5), 12, f"{number:,}")
            left += share

    def _legend(self, legend: Mapping[Kind, str], top: float) -> float:
        left = 0.0
        for kind, label in legend.items():
            needed = 18 + _extent(label) + 14
            if left and left + needed > self.width:
                left, top = 0.0, top + 18
            self._rectangle(kind.value, left, top + 1, 11, 11)
            self._text(left + 17, top + 11, label, "s")
            left += needed
        return top + 18 if legend else top

    def days(self, panel: Days, top: float) -> float:
        self._text(0, top + 15, panel.heading, "h")
        left, right, top = 40.0, float(self.width), top + 34
        bottom = top + 130
        for percent in (0, 50, 100):
            y = bottom - (bottom - top) * percent / 100
            self.elements.append(
                f'<line class="rule" x1="{left:g}" y1="{y:g}" x2="{right:g}" y2="{y:g}"/>'
            )
            self._text(left - 8, y + 4, f"{percent}%", "s e")
        step = (right - left) / len(panel.done)
        points = f"M{left:g} {bottom:g}"
        for day, number in enumerate(panel.done):
            y = bottom - (bottom - top) * number / panel.of
            points += f"V{y:.4g}H{left + step * (day + 1):.5g}"
        self.elements.append(f'<path class="good" opacity=".85" d="{points}V{bottom:g}Z"/>')
        every = -(-len(panel.done) // max(1, int((right - left) / 48)))
        for day in range(1, len(panel.done) + 1, every):
            self._text(left + step * (day - 0.5), bottom + 18, f"{day}", "s m")
        self._text(right, bottom + 36, "day", "s e")
        return bottom + 52

    def _text(self, x: float, y: float, text: str, kind: str = "") -> None:
        css = f' class="{kind}"' if kind else ""
        self.elements.append(f'<text x="{x:g}" y="{y:g}"{css}>{xml_text(text)}</text>')

    def _rectangle(
        self, kind: str, x: float, y: float, width: float, height: float, tip: str = ""
    ) -> None:
        title = f"<title>{tip}</title>" if tip else ""
        self.elements.append(
            f'<rect class="{kind}" x="{x:.5g}" y="{y:g}" width="{width:.5g}" height="{height:g}" '
            f'rx="2">{title}</rect>'
        )


_CHARACTER = 6.8
"""The usual width of a character of 13 units, rounded up; a wide one has two."""


def _extent(text: str) -> float:
    from rich.cells import cell_len

    return _CHARACTER * cell_len(text)


def _lines(text: str, room: float) -> Iterator[str]:
    """Break a label into lines, the last of which leaves room for the numbers."""
    columns = max(12, int(room / _CHARACTER))
    is_wide = _extent(text) > _CHARACTER * len(text)
    yield from textwrap.wrap(printable(text), columns // 2 if is_wide else columns) or [""]
