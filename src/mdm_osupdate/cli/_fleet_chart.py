"""The picture of a simulated fleet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from mdm_osupdate.flow import UpdateFlow

from ._charts import Bar, Bars, Days, Kind, Panel, chart
from ._fleet_results import by_day, by_platform, by_reason

_LEGEND = {Kind.GOOD: "finished", Kind.WAITING: "waiting", Kind.BAD: "failed"}


def fleet_chart(flows: Sequence[UpdateFlow], start: dt.date) -> str:
    """Return an SVG image of when updates finished, on which platforms, and why others failed."""
    days, platforms, reasons = by_day(flows, start), by_platform(flows), by_reason(flows)
    finished, failed = (sum(getattr(p, name) for p in platforms) for name in ("finished", "failed"))
    panels: list[Panel] = []
    sentences = [f"{finished} of {len(flows)} updates finished, {failed} failed."]
    if days:
        panels.append(Days("Finished by the end of each day", days, len(flows)))
        shares = (f"day {day}: {done / len(flows):.0%}" for day, done in enumerate(days, 1))
        sentences.append(f"Finished by the end of {', '.join(shares)}.")
    panels.append(
        Bars(
            "By platform",
            [
                Bar(
                    str(p.platform),
                    {Kind.GOOD: p.finished, Kind.WAITING: p.waiting, Kind.BAD: p.failed},
                    f"{p.finished} of {p.devices} finished",
                )
                for p in platforms
            ],
            _LEGEND,
        )
    )
    by_name = (
        f"{p.platform}: {p.finished} finished, {p.waiting} waiting, {p.failed} failed"
        for p in platforms
    )
    sentences.append(f"{'; '.join(by_name)}.")
    if reasons:
        bars = [Bar(reason, {Kind.BAD: count}, str(count)) for reason, count in reasons]
        panels.append(Bars("Reasons for failure", bars))
        sentences.append(f"Failed: {'; '.join(f'{count}: {reason}' for reason, count in reasons)}.")
    devices = "device" if len(flows) == 1 else "devices"
    title = f"Simulated updates of {len(flows)} {devices}"
    return chart(title, " ".join(sentences), panels, width=560, is_file=True)
