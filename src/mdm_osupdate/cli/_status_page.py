"""The HTML page of ``mdm-osupdate status``: one file, with nothing from other hosts."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from mdm_osupdate.declarations import versioned

from ._charts import STYLE as CHART_STYLE
from ._charts import Bar, Bars, Kind, chart, xml_text
from ._following import FAILED, NO_REPORT, UPDATED, DeviceRow, Follow
from ._status_outputs import Totals, counted, state_in_words, yes_or_no

_KINDS: Mapping[str, Kind] = {
    UPDATED: Kind.GOOD,
    "installing": Kind.ACTIVE,
    "prepared": Kind.ACTIVE,
    "downloading": Kind.ACTIVE,
    "waiting": Kind.WAITING,
    FAILED: Kind.BAD,
    "not known": Kind.NONE,
}
"""The meanings of states. Other states mean that no update is known."""
_LEGEND: Mapping[Kind, str] = {
    Kind.GOOD: "updated",
    Kind.ACTIVE: "in progress",
    Kind.WAITING: "waiting",
    Kind.BAD: "failed",
    Kind.NONE: "no update pending, or not known",
}


def as_page(follow: Follow, totals: Totals) -> Iterator[str]:
    """Yield the lines of the page."""
    created = f"{follow.now:%Y-%m-%d %H:%M} UTC"
    devices = counted(totals.devices, "device")
    yield _HEAD.format(policy=_POLICY, style=_WHOLE_STYLE, devices=devices, created=created)
    yield '<ul class="totals">'
    yield from (_TILE.format(number=f"{n:,}", noun=noun) for n, noun in _tiles(follow, totals))
    yield "</ul>"
    yield from _pictures(totals)
    yield from _gaps(follow, totals)
    yield from _table(follow)
    yield f"{_FOOT}<script>{_SCRIPT}</script></body></html>"


def _tiles(follow: Follow, totals: Totals) -> Iterator[tuple[int, str]]:
    yield totals.devices, "devices" if totals.devices != 1 else "device"
    yield totals.states[UPDATED], "updated"
    yield totals.late, "late"
    yield totals.states[FAILED], "failed"
    if follow.releases is not None:
        yield totals.behind, "behind the newest release"
    yield totals.states[NO_REPORT], "without a report"


# -- pictures ------------------------------------------------------------------------------------


def _pictures(totals: Totals) -> Iterator[str]:
    if not totals.devices:
        return
    yield '<div class="pictures">'
    states = totals.states.most_common()
    by_state = [(state_in_words(state), Counter({_kind(state): n})) for state, n in states]
    yield _picture("Devices by state", by_state)
    by_platform: dict[str, Counter[Kind]] = {}
    for platform, by_its_state in totals.platforms.items():
        kinds = by_platform.setdefault(platform or _NOT_KNOWN, Counter())
        for state, number in by_its_state.items():
            kinds[_kind(state)] += number
    yield _picture("Devices by platform", sorted(by_platform.items()), _LEGEND)
    by_version = [(v, Counter({_kind(v, Kind.ACTIVE): n})) for v, n in _most(totals.versions)]
    yield _picture("Devices by installed version", by_version)
    yield "</div>"


_MOST_VERSIONS = 8
_NOT_KNOWN = "not known"


def _kind(word: str, otherwise: Kind = Kind.NONE) -> Kind:
    return _KINDS.get(word, otherwise)


def _most(versions: Counter[str | None]) -> Iterator[tuple[str, int]]:
    most = versions.most_common(_MOST_VERSIONS)
    yield from ((version or _NOT_KNOWN, number) for version, number in most)
    others = versions.total() - sum(number for _, number in most)
    if others:
        yield "others", others


def _picture(
    heading: str,
    rows: Sequence[tuple[str, Mapping[Kind, int]]],
    legend: Mapping[Kind, str] = MappingProxyType({}),
) -> str:
    bars = [
        Bar(
            label,
            {kind: parts[kind] for kind in _LEGEND if kind in parts},
            f"{sum(parts.values()):,}",
        )
        for label, parts in rows
    ]
    description = "; ".join(f"{bar.label}: {_in_words(bar, legend)}" for bar in bars)
    name = heading.lower().replace(" ", "-")
    image = chart(heading, description, [Bars(heading, bars, legend)], name=name)
    return f"<figure>{image}</figure>"


def _in_words(bar: Bar, legend: Mapping[Kind, str]) -> str:
    if not legend:
        return bar.numbers
    return ", ".join(
        f"{bar.parts[kind]:,} {legend[kind]}" for kind in legend if bar.parts.get(kind)
    )


# -- text and table ------------------------------------------------------------------------------


def _gaps(follow: Follow, totals: Totals) -> Iterator[str]:
    gaps = [*totals.not_known(follow)]
    if gaps:
        yield '<section><h2>Not known</h2><ul class="gaps">'
        yield from (f"<li>{xml_text(gap[0].upper() + gap[1:])}</li>" for gap in gaps)
        yield "</ul></section>"


def _table(follow: Follow) -> Iterator[str]:
    columns = [name for name in _COLUMNS if follow.releases is not None or name != "Newest offered"]
    yield '<section><h2 id="devices">Devices</h2><table role="table" aria-labelledby="devices">'
    yield '<thead role="rowgroup"><tr role="row">'
    yield from (
        f'<th role="columnheader" scope="col"><button type="button">{name}</button></th>'
        for name in columns
    )
    yield '</tr></thead><tbody role="rowgroup">'
    for row in follow.rows():
        cells = (_cell(name, _COLUMNS[name](row)) for name in columns)
        late = " late" if row.late else ""
        yield f'<tr role="row" class="{_kind(row.state).value}{late}">{"".join(cells)}</tr>'
    yield "</tbody></table></section>"


def _cell(name: str, lines: Sequence[str]) -> str:
    """Return a cell: its text, and smaller lines below it."""
    first, *others = lines
    rest = "".join(f"<small>{xml_text(line)}</small>" for line in others if line)
    text = f"<span>{xml_text(first)}</span>" if first else ""
    return f'<td role="cell" data-label="{name}">{text}{rest}</td>'


def _named(row: DeviceRow) -> list[str]:
    others = [
        text for text in (row.serial_number, row.udid, row.file) if text and text != row.device
    ]
    return [row.device, row.platform or "", *others]


def _release(version: str | None, build: str | None) -> list[str]:
    return [versioned(version, build) if version else "-"]


def _newest(row: DeviceRow) -> list[str]:
    newest = versioned(row.newest, row.newest_build) if row.newest else _NOT_KNOWN
    return [newest, *([] if row.behind is None else ["behind" if row.behind else "installed"])]


_COLUMNS: Mapping[str, Callable[[DeviceRow], Sequence[str]]] = {
    "Device": _named,
    "Installed": lambda row: _release(row.version, row.build),
    "Target": lambda row: _release(row.target, row.target_build),
    "Deadline": lambda row: [(row.deadline or "-").replace("T", " ")],
    "State": lambda row: [state_in_words(row.state)],
    "Late": lambda row: [_NOT_KNOWN if row.late is None else yes_or_no(row.late)],
    "Newest offered": _newest,
    "Remarks": lambda row: [row.reason, *(f"Not known: {gap}" for gap in row.not_known)],
}


# -- the page ------------------------------------------------------------------------------------

_STYLE = """
:root{color-scheme:light dark;--page:#fff;--ink:#1f2328;--soft:#59636e;--rule:#d1d9e0;
--tint:#f6f8fa;--good:#00609a;--active:#17618a;--waiting:#8a5a00;--bad:#a52a12;--none:#59636e}
@media screen and (prefers-color-scheme:dark){:root{--page:#12161c;--ink:#e6edf3;--soft:#9aa4ae;
--rule:#3d444d;--tint:#1b2028;--good:#4ba3e3;--active:#9ad4f0;--waiting:#f0b429;--bad:#ff8a70;
--none:#9aa4ae}}
@media print{:root{color-scheme:light}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:82rem;background:var(--page);color:var(--ink);
font:1rem/1.45 system-ui,sans-serif}
h1{margin:0;font-size:1.6rem}h2{margin:2rem 0 .6rem;font-size:1.15rem}
header p{margin:.2rem 0 0;color:var(--soft)}
.totals{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.25rem 0;padding:0;list-style:none}
.totals li{flex:1 1 8rem;padding:.7rem .9rem;border:1px solid var(--rule);border-radius:.4rem;
background:var(--tint);color:var(--soft)}
.totals b{display:block;color:var(--ink);font-size:1.6rem;line-height:1.2}
.pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:.75rem}
figure{margin:0;border:1px solid var(--rule);border-radius:.4rem;break-inside:avoid}
figure svg{display:block;width:100%;max-width:32rem;height:auto}
.gaps{margin:0;padding-left:1.2rem}
table{width:100%;border-collapse:collapse;font-size:.92rem}
th,td{padding:.45rem .6rem;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top}
[data-label=Device],[data-label=Remarks]{overflow-wrap:anywhere}[data-label=Late]{white-space:nowrap}
th{background:var(--tint);white-space:nowrap}
th button{all:unset;cursor:pointer;font-weight:600}
th button:focus-visible{outline:2px solid var(--good);outline-offset:3px}
th[aria-sort=ascending] button::after{content:" \25b2"}
th[aria-sort=descending] button::after{content:" \25bc"}
td small{display:block;color:var(--soft)}
td[data-label=Remarks]{min-width:14rem}
td[data-label=State] span{font-weight:600;white-space:nowrap}
.good [data-label=State] span{color:var(--good)}.active [data-label=State] span{color:var(--active)}
.waiting [data-label=State] span{color:var(--waiting)}.bad [data-label=State] span{color:var(--bad)}
.late [data-label=Late] span{color:var(--bad);font-weight:600}
footer{margin-top:2rem;color:var(--soft);font-size:.9rem}
@media screen and (max-width:52rem){body{padding:1rem}thead{display:none}
table,tbody,tr,td{display:block;width:100%}
tr{margin-bottom:.75rem;padding:.4rem .7rem;border:1px solid var(--rule);border-radius:.4rem}
td{display:grid;grid-template-columns:8.5rem 1fr;padding:.2rem 0;border:0;min-width:0!important}
td::before{content:attr(data-label);grid-row:1/span 9;color:var(--soft)}
td>*{grid-column:2}td:empty{display:none}}
@media print{body{padding:0;max-width:none;font-size:10pt}thead{display:table-header-group}
tr{break-inside:avoid}th button{cursor:auto}.totals li,th{background:none}}
"""

_SCRIPT = """
document.querySelectorAll("th").forEach(function (th, column) {
  th.firstChild.addEventListener("click", function () {
    var down = th.getAttribute("aria-sort") === "ascending", body = document.querySelector("tbody");
    document.querySelectorAll("th[aria-sort]").forEach(function (other) {
      other.removeAttribute("aria-sort");
    });
    th.setAttribute("aria-sort", down ? "descending" : "ascending");
    var rows = Array.from(body.rows), order = new Intl.Collator(undefined, {numeric: true});
    rows.sort(function (a, b) {
      var one = a.cells[column].textContent, other = b.cells[column].textContent;
      return (down ? -1 : 1) * order.compare(one, other);
    });
    body.append.apply(body, rows);
  });
});
"""


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


_WHOLE_STYLE = _STYLE + CHART_STYLE
_POLICY = f"default-src 'none'; style-src {_hash(_WHOLE_STYLE)}; script-src {_hash(_SCRIPT)}"
"""The page only runs its own style and script, regardless of what devices report."""

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width">
<title>Software updates: {devices}</title>
<style>{style}</style></head>
<body><header><h1>Software updates</h1>
<p>{devices}, as of {created}</p></header><main>"""
_TILE = "<li><b>{number}</b> {noun}</li>"
_FOOT = """</main><footer><p>A device is late if, by its last report, it is not at the target, and
the deadline has passed in every time zone. A report describes the device at the time when it was
sent.</p></footer>"""
