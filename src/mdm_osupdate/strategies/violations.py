"""Strategies for documents that break a rule."""

import datetime as dt
import plistlib
from collections.abc import Callable, Mapping
from typing import Any

import attrs
from attrs import frozen
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mdm_osupdate.codec import loads_command
from mdm_osupdate.device import Device
from mdm_osupdate.errors import Report
from mdm_osupdate.messages import Command
from mdm_osupdate.releases import Releases, load_releases
from mdm_osupdate.rules import RULES, Rule
from mdm_osupdate.validation import validate
from mdm_osupdate.versions import read_version

from .values import command_uuids


@frozen
class Broken:
    """A document that breaks one rule, with the context that ``validate`` needs to see it."""

    rule: str
    document: bytes
    device: Device | None = None
    command: Command | None = None
    """The command that the document responds to."""
    now: dt.datetime | None = None
    """The local time at which it is checked."""
    releases: Releases | None = None

    def check(self) -> Report:
        """Validate the document with its context."""
        return validate(
            self.document,
            self.device,
            command=self.command,
            now=self.now,
            releases=self.releases,
        )


def rule_violations(rule: str | int) -> SearchStrategy[Broken]:
    """Generate documents that break the named rule, and no other with an error.

    Each is the rule's own example with other names, versions and numbers, another order of keys
    or another format, as far as the rule allows. Depending on the rule, it is a command, a
    response, a declaration, or not even a property list.

    Args:
        rule: the code, the number or the name, such as ``"OSU203"``, ``203`` or
            ``"product-missing"``.

    Raises:
        ValueError: unknown rule, or one about several documents.

    Example:
        >>> print(find(osus.rule_violations(203), bool).check()[0].message)
        expected ProductKey or ProductVersion, got neither
    """
    named = str(rule).strip().upper()
    known = next((r for r in RULES.values() if named in (r.code, r.code[3:], r.slug.upper())), None)
    if known is None:
        raise ValueError(f"unknown rule {rule!r}")
    if known.beside is not None:
        raise ValueError(f"{known.code} is not about one document, but about several")
    return _violations(known)


@st.composite
def _violations(draw: DrawFn, known: Rule) -> Broken:
    first = _broken(known, lambda value: value, "xml")
    if not draw(st.booleans()):
        return first
    if isinstance(known.example, str):
        document = known.example.encode() + draw(st.sampled_from([b"", b"\n", b"\n\n", b" \n"]))
        varied = attrs.evolve(first, document=document)
    else:
        memory: dict[object, Any] = {}
        varied = _broken(
            known,
            lambda value: draw(_similar(value, memory)),
            draw(st.sampled_from(["xml", "binary"])),
        )
    return varied if _breaks_only(varied) else first


def _broken(rule: Rule, change: Callable[[Any], Any], fmt: str) -> Broken:
    device = Device(**rule.device) if rule.device else None
    command = None
    if rule.command is not None:
        command = loads_command(plistlib.dumps(changed(rule.command, change)))
    now = dt.datetime.fromisoformat(rule.now) if rule.now else None
    releases = load_releases(rule.releases) if rule.releases else None
    if isinstance(rule.example, str):
        return Broken(rule.code, rule.example.encode(), device, command, now, releases)
    form = plistlib.FMT_BINARY if fmt == "binary" else plistlib.FMT_XML
    document = plistlib.dumps(changed(rule.example, change), fmt=form, sort_keys=False)
    return Broken(rule.code, document, device, command, now, releases)


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """Apply a change to every value of a document, innermost first."""
    if isinstance(value, Mapping):
        return change({key: changed(item, change) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return [changed(item, change) for item in value]
    return change(value)


@st.composite
def _similar(draw: DrawFn, value: Any, memory: dict[object, Any]) -> Any:
    """Generate values like the given one. Equal names stay equal."""
    if isinstance(value, dict):
        return dict(draw(st.permutations(list(value.items()))))
    if isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return draw(st.integers(value, value + 3) | st.just(value))
    if value in ("0001", "0002", "0000-0001"):
        if value not in memory:
            memory[value] = draw(command_uuids()) + value[-1]
        return memory[value]
    version = read_version(value) if isinstance(value, str) else None
    if version is not None and not version.extra:
        return f"{version.major}.{draw(st.integers(0, 15))}"
    return value


def _breaks_only(broken: Broken) -> bool:
    report = broken.check()
    codes = {finding.rule for finding in report}
    return broken.rule in codes and {f.rule for f in report.errors} <= {broken.rule}
