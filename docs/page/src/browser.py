"""The verdict that the page shows, as JSON. It runs in the browser, and in the tests."""

import contextlib
import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import mdm_osupdate as osu
from mdm_osupdate.codec import DEFAULT_LIMITS, Part, as_text, read, split, title, write
from mdm_osupdate.declarations import StatusReport, summarize
from mdm_osupdate.inventory import Row, read_inventory
from mdm_osupdate.planning import plan, successor
from mdm_osupdate.releases import Releases, load_releases
from mdm_osupdate.validation import Inspection, inspect

_MOST_ROWS = 500
_MOST_DOCUMENTS = 100
_MOST_FINDINGS = 1_000
_SUBJECTS = (*osu.RequestType, "SoftwareUpdateEnforcementSpecific", "SoftwareUpdateSettings")


def text_of(file: bytes | memoryview) -> str:
    """Return a file as text. A binary property list is converted to XML."""
    data = bytes(file)
    if data.startswith(b"bplist"):
        with contextlib.suppress(osu.OSUpdateError):  # a finding says what is wrong with it
            data = write(read(data, DEFAULT_LIMITS), "xml", DEFAULT_LIMITS)
    return as_text(data)


def verdict(request: str) -> str:
    """Check a document, or several that follow each other.

    Args:
        request: a JSON object with ``text``, ``device`` (arguments of ``Device``, or null),
            ``feeds`` (texts of files with releases), ``target`` (a version for an inventory, or
            empty), ``deadline`` and ``now`` (local times).

    Returns:
        A JSON object with what the page shows.
    """
    asked = json.loads(request)
    shown: dict[str, Any] = {"problems": []}
    device = _device(asked["device"], shown["problems"])
    releases = _releases(asked["feeds"], shown["problems"])
    now = dt.datetime.fromisoformat(asked["now"])
    parts = [
        (part, inspect(part.data, device, releases=releases, now=now))
        for part in split(asked["text"])
    ]
    if all(inspection.kind in (None, osu.Message) for _, inspection in parts):  # no message
        rows = list(_rows(asked["text"]))
        if any(row.device is not None for row in rows):
            shown |= _inventory(rows, asked, releases, shown["problems"])
            return json.dumps(shown)
    shown |= _checked(parts)
    shown["documents"] = [
        {"line": part.place[0], **_about(inspection, asked, device)}
        for part, inspection in parts[:_MOST_DOCUMENTS]
    ]
    without_device = [part.locate(f) for part, inspection in parts for f in inspection.check()]
    shown["corrected"] = _corrected(asked["text"], without_device)
    if device is not None:
        shown["support"] = [*map(list, _support(device))]
    return json.dumps(shown, default=str)


def _checked(parts: Sequence[tuple[Part, Inspection]]) -> dict[str, Any]:
    """Return what was found in the documents."""
    findings = [part.locate(found) for part, inspection in parts for found in inspection.report]
    reports = [inspection.report for _, inspection in parts]
    undecided = [names for report in reports for names in report.undecided.values()]
    return {
        "kind": _title(parts[0][1]) if len(parts) == 1 else f"{len(parts)} documents",
        "more_documents": len(parts[_MOST_DOCUMENTS:]),
        "findings": [*map(_finding, findings[:_MOST_FINDINGS])],
        "left_out": sum(report.left_out for report in reports) + len(findings[_MOST_FINDINGS:]),
        "undecided": sorted({name for names in undecided for name in names}),
    }


def _device(given: Mapping[str, Any] | None, problems: list[str]) -> osu.Device | None:
    try:
        return None if given is None else osu.Device(**given)
    except (osu.OSUpdateError, TypeError, ValueError) as error:
        problems.append(str(error))
        return None


def _releases(feeds: list[str], problems: list[str]) -> Releases | None:
    try:
        return load_releases(*feeds) if feeds else None
    except ValueError as error:
        problems.append(str(error))
        return None


def _rows(text: str) -> Iterator[Row]:
    try:
        yield from read_inventory(text)
    except ValueError:
        return  # no inventory either: the findings say what is wrong


def _row(row: Row) -> dict[str, str | None]:
    device = row.device
    told = f"{device.platform} {device.os_version}" if device is not None else None
    return {"name": row.name, "device": told, "problem": row.problem}


def _inventory(
    rows: Sequence[Row],
    asked: Mapping[str, Any],
    releases: Releases | None,
    problems: list[str],
) -> dict[str, Any]:
    """Return the first devices of an inventory, and with a target what to send to each."""
    told = [*map(_row, rows[:_MOST_ROWS])]
    if asked["target"]:
        _plan(rows, told, asked, releases, problems)
    unusable = sum(row.device is None for row in rows)
    number = {"devices": len(rows), "unusable": unusable, "more_rows": len(rows[_MOST_ROWS:])}
    return {"kind": "Inventory", "findings": [], "rows": told, **number}


def _plan(
    rows: Sequence[Row],
    told: Sequence[dict[str, str | None]],
    asked: Mapping[str, Any],
    releases: Releases | None,
    problems: list[str],
) -> None:
    """Add to each row that is shown what to send, and why."""
    try:
        for row, shown in zip(rows, told, strict=False):
            if row.device is not None:
                planned = plan(row.device, asked["target"], asked["deadline"], releases=releases)
                sent = filter(None, (planned.method, planned.action))
                shown["send"] = " ".join(
                    [*sent, *([str(planned.target)] if planned.messages else ())]
                )
                shown["reason"] = ". ".join(filter(None, (planned.reason, planned.change)))
    except ValueError as error:  # the target is not a version
        problems.append(str(error))


def _title(inspection: Inspection) -> str:
    message, name = inspection.whole, title(inspection.kind)
    if isinstance(message, StatusReport):
        return f"{name} ({summarize(message)})"
    return f"{name} ({message.outcome})" if isinstance(message, osu.Response) else name


def _finding(finding: osu.Finding) -> dict[str, Any]:
    names = ("rule", "severity", "path", "message", "hint", "source", "line", "column")
    return {name: getattr(finding, name) for name in names}


def _support(device: osu.Device) -> Iterator[tuple[str, str]]:
    for subject in _SUBJECTS:
        where = osu.availability(subject, device.platform)
        if where is None:
            yield str(subject), f"no: not on {device.platform}"
        elif device.os_version < where.introduced:
            yield str(subject), f"no: introduced in {where.introduced}"
        elif where.removed is not None and device.os_version >= where.removed:
            yield str(subject), f"no: removed in {where.removed}"
        elif where.supervised and not device.supervised:
            unknown = device.supervised is None
            yield str(subject), "if it is supervised" if unknown else "no: not supervised"
        else:
            yield str(subject), "yes"
    yield "Install actions", ", ".join(osu.allowed_actions(device)) or "none"


def _about(
    inspection: Inspection, asked: Mapping[str, Any], device: osu.Device | None
) -> dict[str, Any]:
    """Return a message as values, and the declaration that replaces it."""
    about: dict[str, Any] = {"title": _title(inspection)}
    message = inspection.whole
    if message is None:
        return about
    with contextlib.suppress(osu.EncodeError):  # a finding says what cannot be written
        about["message"] = osu.to_dict(message)
    if isinstance(message, osu.Response):
        about["errors"] = [*map(list, _errors(message))]
    if isinstance(message, osu.ScheduleOSUpdateCommand):
        try:
            found = successor(message, device, deadline=asked["deadline"])
        except (osu.InvalidMessageError, ValueError) as error:
            about["declaration"] = {"problem": str(error)}
        else:
            about["declaration"] = {
                "text": osu.dumps(found.declaration).decode(),
                "findings": [_finding(finding) for finding in found.report.findings],
            }
    return about


def _errors(response: osu.Response) -> Iterator[tuple[str, str]]:
    """Yield the errors that a device reports, with what they mean."""
    results = getattr(response, "update_results", None) or ()
    for chain in (response.error_chain, *(result.error_chain for result in results)):
        for error in chain or ():
            said = error.us_english_description or error.localized_description or ""
            meaning = error.known.meaning if error.known else ""
            yield (
                f"{error.error_domain} {error.error_code}",
                ". ".join(filter(None, (meaning, said))),
            )


_VALUE = re.compile(r"<(\w+)>[^<]*</\1>|<\w+/>|\"(?:[^\"\\]|\\.)*\"|[-+.\w]+")
_TEXT = re.compile(r"[^<>\"]+(?=</|\"$)|^[-+.\w]+$")
_WRITE = re.compile(r"Write (<(\w+)>[^<]*</\2>|<\w+/>|\"[^\"]*\"|[-+.\w]+)\.")
_MEAN = re.compile(r"Did you mean ([-.\w]+)\?")


def _corrected(text: str, findings: Sequence[osu.Finding]) -> str | None:
    """Return the document with what hints say word for word; ``None`` if no hint does."""
    starts = [0, *(end.end() for end in re.finditer("\n", text))]
    placed = [f for f in findings if f.line is not None and f.column is not None]
    corrected = text
    for finding in sorted(placed, key=lambda f: (f.line, f.column), reverse=True):
        at = starts[finding.line - 1] + finding.column - 1
        if value := _VALUE.match(corrected, at):
            corrected = corrected[:at] + _follow(finding, value[0]) + corrected[value.end() :]
    left = sum(len(osu.validate(part.data).findings) for part in split(corrected))
    return corrected if left < len(findings) else None


def _follow(finding: osu.Finding, value: str) -> str:
    """Return what the hint of a finding says to write instead of a value."""
    if hint := _WRITE.fullmatch(finding.hint):
        return hint[1]
    hint, text = _MEAN.fullmatch(finding.hint), _TEXT.search(value)
    if hint and text and text[0] in finding.message:  # not about the value's key
        return value.replace(text[0], hint[1])
    return value
