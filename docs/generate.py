"""Generate the parts of the documentation that come from the code: ``python docs/generate.py``.

The pages in ``PAGES`` are generated from the library's own data. In all other pages, the output
below each ``$`` line of a console block is replaced by what the command prints. The tests check
that both are current.
"""

import ast
import inspect
import itertools
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import attrs

import mdm_osupdate as osu
from mdm_osupdate import (
    conformance,
    declarations,
    flow,
    inventory,
    planning,
    releases,
    simulator,
    strategies,
)
from mdm_osupdate.availability import ROWS
from mdm_osupdate.conformance import OBLIGATIONS
from mdm_osupdate.flow import DECLARED, REQUESTS, TRANSITIONS, Answer, Event, State
from mdm_osupdate.messages import Message
from mdm_osupdate.rules import Example

ROOT = Path(__file__).parent.parent
_FAMILIES = {
    "1": "The document",
    "2": "The values of a command",
    "3": "The device",
    "4": "Life cycle",
    "5": "Responses",
    "6": "Declarations",
}


def rules_page() -> str:
    """Return the reference of the rules."""
    lines = ["# Rules", ""]
    lines += [
        "Every finding names a rule.",
        "The code of a rule is stable and never reused.",
        "An error means that a device refuses or ignores the message, or that it cannot be read."
        " A warning means that the message does not do what it seems to."
        " An info is worth knowing, and nothing has to change.",
        "",
    ]
    family = ""
    for rule in osu.RULES.values():
        if rule.code[3] != family:
            family = rule.code[3]
            lines += [f"## {family}xx: {_FAMILIES[family]}", ""]
        lines += [
            f"### {rule.code} {rule.slug}",
            "",
            f"*{rule.severity}.* {rule.summary}",
            "",
            rule.explanation,
            "",
            f"{rule.hint}",
            "",
            f"Breaks the rule{_for_device(rule.device)}:",
            "",
            *_block(rule.example),
            *_beside(rule.example, rule.command),
            *_together(rule.beside),
            f"Corrected{_for_device(rule.corrected_device)}:",
            "",
            *_block(rule.corrected),
            *_beside(rule.corrected, rule.corrected_command),
            f"Source: {rule.source}.",
            "",
        ]
    return "\n".join(lines)


def _for_device(device: Mapping[str, Any] | None) -> str:
    if device is None:
        return ""
    words = {True: "true", False: "false"}
    told = (f"{name} {words.get(value, value)}" for name, value in device.items())
    return f", on a device with {', '.join(told)}"


def _beside(example: Example, command: Mapping[str, Any] | None) -> list[str]:
    if command is None:
        return []
    what = "replaces" if isinstance(example, str) else "responds to"
    return [f"It {what} this command:", "", *_block(command)]


def _together(other: Example | None) -> list[str]:
    if other is None:
        return []
    return ["The device also has this declaration:", "", *_block(other)]


def _block(example: Example) -> list[str]:
    text = example if isinstance(example, str) else _xml(example)
    if text.count("<array>") > 30:
        text = re.sub(r"(<array>){30,}", "<array>… 40 times …", text)
        text = re.sub(r"(</array>){30,}", "…</array>", text)
    language = "json" if text.startswith("{") else "xml"
    return [f"```{language}", *text.rstrip("\n").split("\n"), "```", ""]


def _xml(example: Example) -> str:
    import plistlib

    assert not isinstance(example, str)
    text = plistlib.dumps(dict(example), sort_keys=False).decode().expandtabs(4)
    return text[text.index("<dict>") : text.rindex("</plist>")]


def error_codes_page() -> str:
    """Return the reference of the error codes."""
    lines = [
        "# Error codes",
        "",
        "Known meanings of the items of an `ErrorChain` (`ErrorChainItem.known`).",
        "According to Apple, codes and domains are diagnostic and may change."
        " Show them to people, but do not make decisions based on them.",
        "",
        "| domain | code | meaning | source |",
        "|---|---|---|---|",
    ]
    for (domain, code), known in sorted(osu.KNOWN_ERRORS.items()):
        lines.append(f"| {domain} | {code} | {known.meaning} | {known.source} |")
    return "\n".join([*lines, ""])


def python_page() -> str:
    """Return the reference of the public names, by module."""
    lines = [
        "# Python",
        "",
        "Most programs need only the names of `mdm_osupdate`."
        " The other modules hold what belongs to one subject.",
        "",
    ]
    for module in MODULES:
        lines += [f"* [`{module.__name__}`](#{module.__name__.replace('.', '')})"]
    for module in MODULES:
        lines += ["", f"## {module.__name__}", "", _summary(module), ""]
        groups: dict[str, list[str]] = {}
        for name in _public_names(module):
            groups.setdefault(_group(getattr(module, name)), []).append(name)
        for group in sorted(groups, key=_GROUPS.index):
            lines += [f"### {group}", ""]
            for name in groups[group]:
                lines += _entry(name, getattr(module, name))
    return "\n".join(lines)


MODULES = (
    osu,
    declarations,
    inventory,
    releases,
    flow,
    planning,
    simulator,
    strategies,
    conformance,
)


def _public_names(module: ModuleType) -> list[str]:
    own = (n for n, value in vars(module).items() if _module_of(value) == module.__name__)
    return list(getattr(module, "__all__", None) or (n for n in own if not n.startswith("_")))


def _module_of(thing: object) -> str:
    return str(getattr(thing, "__module__", ""))


def _summary(thing: object) -> str:
    return _first_paragraph(inspect.getdoc(thing) or "")


def _first_paragraph(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())


_GROUPS = (
    "Functions",
    "Messages",
    "Declarations and status reports",
    "Classes",
    "Events",
    "Enumerations",
    "Exceptions",
    "Constants",
)


def _group(thing: object) -> str:
    if inspect.isfunction(thing):
        return "Functions"
    if not isinstance(thing, type):
        return "Constants"
    if issubclass(thing, Message):
        in_declarations = _module_of(thing).startswith(declarations.__name__)
        return "Declarations and status reports" if in_declarations else "Messages"
    kinds = ((Exception, "Exceptions"), (Enum, "Enumerations"), (Event, "Events"))
    return next((group for kind, group in kinds if issubclass(thing, kind)), "Classes")


def _entry(name: str, thing: Any) -> list[str]:
    lines = [f"#### {name}", ""]
    if inspect.isfunction(thing):
        return [*lines, "```python", f"{name}{_signature(thing)}", "```", "", *_doc(thing)]
    if not isinstance(thing, type):
        return [*lines, _constant(name, thing), ""]
    lines += _doc(thing)
    if issubclass(thing, Enum):
        return [*lines, ", ".join(f"`{m.name}` ({m.value!s})" for m in thing), ""]
    if issubclass(thing, Message):
        lines += _keys(thing)
    members = [] if issubclass(thing, Message) else _attributes(thing)
    members += _methods(thing)
    return [*lines, *members, ""] if members else lines


def _doc(thing: object) -> list[str]:
    return ["```text", *inspect.cleandoc(thing.__doc__ or "").split("\n"), "```", ""]


_CONSTANTS = {
    "RULES": "See [Rules](rules.md).",
    "KNOWN_ERRORS": "See [Error codes](error-codes.md).",
    "REPLACEMENTS": "See [What changed](../explanation/since-os-27.md).",
    "OBLIGATIONS": "See [Conformance](conformance.md).",
}


def _constant(name: str, value: object) -> str:
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    if isinstance(value, Mapping) and isinstance(next(iter(value)), Enum):
        return "See [The flow](flow.md)."
    if isinstance(value, Mapping):
        return "\n".join(f"* `{key}`: {_value(item)}" for key, item in value.items())
    if isinstance(value, tuple):
        return ", ".join(f"`{getattr(item, '__name__', item)}`" for item in value)
    return f"`{_plain(str(value))}`"


def _value(value: object) -> str:
    if isinstance(value, type):
        return f"`{value.__name__}`"
    return "; ".join(str(part) for part in attrs.astuple(value, recurse=False) if part)


def _plain(text: str) -> str:
    """Return annotations as their authors write them: without modules and quotes."""
    text = re.sub(r"((?:: |-> )[^'=]*)'([^']*)'", r"\1\2", text)
    text = re.sub(r"<class '([^']*)'>", r"\1", text)
    return re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Za-z])", "", text)


def _signature(function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    parameters = signature.parameters.values()
    brief = [p.replace(default=...) if len(repr(p.default)) > 30 else p for p in parameters]
    text = _plain(str(signature.replace(parameters=brief))).replace("Ellipsis", "...")
    return text.replace("(self, /, ", "(").replace("(self, ", "(").replace("(self)", "()")


def _keys(message: type[Message]) -> list[str]:
    """Return the table of a message's keys, required ones first."""
    lines = ["| attribute | key | value |", "|---|---|---|"]
    keys = [f.metadata["schema"] for f in attrs.fields(message) if "schema" in f.metadata]
    for key in sorted(keys, key=lambda key: not key.required):
        named = f", `{key.kind.__name__}`" if issubclass(key.kind, Enum | Message) else ""
        required = ", required" if key.required else ""
        lines.append(f"| `{key.attribute}` | {key.name} | {key.expected}{named}{required} |")
    return [*lines, ""]


def _attributes(kind: type) -> list[str]:
    """Return the public attributes of a class, with the docstrings that its source has."""
    if not attrs.has(kind):
        return []
    docs = _docs_of_attributes(kind)
    lines = []
    for field in attrs.fields(kind):
        if not field.name.startswith("_") and field.init:
            told = f"{field.name}: {_plain(_type_name(field.type))}{_default(field)}"
            doc = docs.get(field.name)
            lines.append(f"* `{told}`{f': {doc}' if doc else ''}")
    return lines


def _type_name(annotation: object) -> str:
    # In Python 3.10 tuple[str] is an instance of type.
    plain = isinstance(annotation, type) and not get_args(annotation)
    return annotation.__name__ if plain else str(annotation)


def _default(field: "attrs.Attribute[Any]") -> str:
    if field.default is attrs.NOTHING:
        return ""
    factory = getattr(field.default, "factory", None)
    return f" = {_plain(repr(factory() if isinstance(factory, type) else field.default))}"


def _docs_of_attributes(kind: type) -> dict[str, str]:
    """Return the strings below the annotations of a class and of its bases."""
    docs: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if not _module_of(base).startswith(osu.__name__):
            continue
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        assert isinstance(tree, ast.ClassDef)
        for one, following in itertools.pairwise(tree.body):
            if (
                isinstance(one, ast.AnnAssign)
                and isinstance(one.target, ast.Name)
                and isinstance(following, ast.Expr)
                and isinstance(following.value, ast.Constant)
            ):
                docs[one.target.id] = _first_paragraph(str(following.value.value))
    return docs


def _methods(kind: type) -> list[str]:
    """Return the public properties and methods that the library gives a class."""
    lines = []
    for name in dir(kind):
        value = inspect.getattr_static(kind, name)
        plain = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        function = getattr(plain, "fget", plain)
        if name.startswith("_") or not _module_of(function).startswith(osu.__name__):
            continue
        if inspect.isfunction(function) and (doc := _summary(function)):
            call = "" if isinstance(plain, property) else _signature(getattr(kind, name))
            lines.append(f"* `{name}{call}`: {doc}")
    return lines


def availability_page() -> str:
    """Return the reference of what each platform supports."""
    lines = [
        "# Availability",
        "",
        "The version of each platform that introduced a command, key, value, declaration or status"
        " item. iPadOS is like iOS. watchOS supports none of them.",
        "The conditions of a command, below, also apply to its keys and values.",
        "",
        "| | iOS | macOS | tvOS | visionOS | source |",
        "|---|---|---|---|---|---|",
    ]
    for row in ROWS:
        found = [osu.availability(row.subject, name) for name in _PLATFORMS]
        cells = (str(where.introduced) if where else "no" for where in found)
        lines.append(f"| `{row.subject}` | {' | '.join(cells)} | {row.source} |")
    lines += [
        "",
        "## Conditions",
        "",
        "| | platform | deprecated | removed | supervision | channel | User Enrollment |"
        " Shared iPad | access right |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    wholes = (*osu.RequestType, "SoftwareUpdateEnforcementSpecific", "SoftwareUpdateSettings")
    for subject in (*wholes, *(row.subject for row in ROWS if row.supervised)):
        for platform in osu.Platform:
            where = osu.availability(subject, platform)
            if where is not None:
                told = map(_cell, (platform, *_conditions(where)))
                lines.append(f"| `{subject}` | {' | '.join(told)} |")
    return "\n".join([*lines, ""])


_PLATFORMS = ("iOS", "macOS", "tvOS", "visionOS")


def _conditions(where: osu.Availability) -> list[object]:
    right = where.access_right
    return [
        where.deprecated,
        where.removed,
        where.supervised,
        " and ".join(sorted(where.channels)),
        where.user_enrollment,
        where.shared_ipad,
        None if right is None else f"{right.name} ({int(right)})",
    ]


def _cell(value: object) -> str:
    return {"None": "no", "True": "yes", "False": "no"}.get(str(value), str(value))


def flow_page() -> str:
    """Return the reference of the flow: diagrams, states, events."""
    lines = ["# The flow", ""]
    lines += [
        "`UpdateFlow` carries an update through by commands, `EnforcementFlow` by a declaration.",
        "Both report the same events, and neither does I/O: the caller passes the time and what the"
        " device says.",
        "`load_flow` restores either from what its `to_dict` returned.",
        "",
        "## By commands",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> scanning: a Mac",
        "    [*] --> listing: others",
    ]
    for state, following in TRANSITIONS.items():
        ways: dict[State, list[str]] = {}
        for answer, after in following.items():
            if after not in (state, State.FAILED):
                ways.setdefault(after, []).append(str(answer))
        lines += [f"    {state} --> {after}: {', '.join(said)}" for after, said in ways.items()]
    lines += [
        "    finished --> [*]",
        "```",
        "",
        "Not shown: responses that keep the state, and the transition from each state to `failed`"
        " when the device rejects the command or a limit of the policy is reached.",
        "Devices other than Macs skip `scanning` and `rescanning`.",
        "",
        "| state | its command | next state by answer |",
        "|---|---|---|",
    ]
    for state, following in TRANSITIONS.items():
        told = "; ".join(f"{answer}: {after}" for answer, after in following.items())
        lines.append(f"| {state} | `{REQUESTS[state]}` | {told} |")
    lines += ["", *_declared(), "## Answers", ""]
    said = re.findall(r'= "(.*)"\n    """([^"]*)"""', inspect.getsource(Answer))
    lines += [f"* {answer}: {' '.join(meaning.split())}" for answer, meaning in said]
    lines += ["", "## Events", ""]
    for name in flow.__all__:
        kind = getattr(flow, name)
        if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event:
            own = [a.name for a in attrs.fields(kind) if a.name != "at"]
            lines.append(f"* `{name}({', '.join(['at', *own])})`: {inspect.getdoc(kind)}")
    return "\n".join(lines) + "\n"


def _declared() -> list[str]:
    steps = {answer: state for answer, state in DECLARED.items() if state is not State.FAILED}
    chain = list(dict.fromkeys([State.DECLARED, *steps.values()]))
    told = {state: str(answer) for answer, state in steps.items() if answer is not Answer.NOTHING}
    return [
        "## By declaration",
        "",
        "The device leads, and the flow follows its status reports. The next state is the one that"
        " a report names, in any order:",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> declared",
        *(f"    {one} --> {two}: {told[two]}" for one, two in itertools.pairwise(chain)),
        "    finished --> [*]",
        "```",
        "",
    ]


def conformance_page() -> str:
    """Return the reference of the obligations and of the defective servers that prove them."""
    sys.path.append(str(ROOT / "tests"))
    from servers import WRONG

    lines = ["# Conformance", "", "What the protocol requires of servers and devices.", ""]
    for heading, prefix in (("Servers", "SRV"), ("Devices", "DEV")):
        lines += [f"## {heading}", "", "| code | obligation | source |", "|---|---|---|"]
        for code, obligation in OBLIGATIONS.items():
            if code.startswith(prefix):
                lines.append(f"| {code} | {obligation.text} | {obligation.source} |")
        lines.append("")
    lines += [
        "## Defective servers",
        "",
        "A suite that cannot fail proves nothing. The tests contain a correct server, which passes,"
        " and these servers, each with one defect that real servers have had. Each of them fails"
        " the obligation that it violates.",
        "",
        "| violates | server | its defect |",
        "|---|---|---|",
    ]
    for code, servers in sorted(WRONG.items()):
        for server in servers:
            lines.append(f"| {code} | `{server.__name__}` | {inspect.getdoc(server)} |")
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/rules.md": rules_page,
    "docs/reference/flow.md": flow_page,
    "docs/reference/conformance.md": conformance_page,
    "docs/reference/availability.md": availability_page,
    "docs/reference/error-codes.md": error_codes_page,
    "docs/reference/python.md": python_page,
}

_CONSOLE = re.compile(r"(?<=```console\n)(.*?)(?=```)", re.DOTALL)


def with_real_output(page: str) -> str:
    """Run the commands in the console blocks of a page, and return the page with their output."""
    return _CONSOLE.sub(lambda block: "".join(map(_run, _commands(block[1]))), page)


def _commands(block: str) -> list[str]:
    return [line[2:] for line in block.splitlines() if line.startswith("$ ")]


def _run(command: str) -> str:
    assert shlex.split(command)[0] in ("mdm-osupdate", "echo", "plutil"), command
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "docs").symlink_to(ROOT / "docs")
        done = _shell(command, scratch)
    return f"$ {command}\n{done}"


def _shell(command: str, directory: str) -> str:
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT / "src"),  # of this checkout, wherever the command is installed
        "COLUMNS": "100",
        "SOURCE_DATE_EPOCH": "1772442000",  # 2 March 2026, so that deadlines lie ahead
    }
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ).stdout


def written_pages() -> list[Path]:
    """Return the pages that are written by hand."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in pages if page.relative_to(ROOT).as_posix() not in PAGES]


if __name__ == "__main__":
    for name, make in PAGES.items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(make())
    for path in written_pages():
        path.write_text(with_real_output(path.read_text()))
