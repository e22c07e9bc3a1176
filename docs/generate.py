"""Generate the parts of the documentation that come from the code: ``python docs/generate.py``.

The pages in ``PAGES`` are generated from the library's own data. In all other pages, the output
below each ``$`` line of a console block is replaced by what the command prints, and what is between
``<!-- command: NAME -->`` and ``<!-- end -->`` by the reference of that command. The tests check
that all are current.
"""

import ast
import contextlib
import importlib
import inspect
import io
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock
from xml.etree import ElementTree

import attrs
import click
from rich.console import Console
from rich.text import Text

import mdm_osupdate as osu
from mdm_osupdate import flow
from mdm_osupdate.availability import ROWS
from mdm_osupdate.cli import command_line, run
from mdm_osupdate.cli._command import grouped
from mdm_osupdate.conformance import OBLIGATIONS
from mdm_osupdate.conformance import ROWS as WAIVABLE
from mdm_osupdate.declarations import DECLARATIONS, Declaration
from mdm_osupdate.flow import DECLARED, REQUESTS, TRANSITIONS, Event, Outcome, State
from mdm_osupdate.messages import Key, Message
from mdm_osupdate.rules import Example, Rule
from mdm_osupdate.versions import LocalDateTime

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests"))  # some pages show what they prove
_FAMILIES = {
    "1": "The document",
    "2": "The values of a command",
    "3": "The device",
    "4": "Life cycle",
    "5": "Responses",
    "6": "Declarations",
}


def rules_page() -> str:
    """Return the list of all rules, by family."""
    lines = ["# Rules", ""]
    lines += [
        "Every finding names a rule.",
        "The code of a rule is stable and never reused.",
        "An error means that a device refuses or ignores the message, or that it cannot be read."
        " A warning means that the message does not do what it seems to."
        " An info is worth knowing, and nothing has to change.",
    ]
    family = ""
    for rule in osu.RULES.values():
        if rule.code[3] != family:
            family = rule.code[3]
            lines += ["", f"## {family}xx: {_FAMILIES[family]}", ""]
            lines += ["| rule | severity | what is wrong |", "|---|---|---|"]
        lines.append(
            f"| [{rule.code}]({rule.code}.md) | {rule.severity} | {_prose(rule.summary)} |"
        )
    lines += ["", "```{toctree}", ":hidden:", ":glob:", "", "OSU*", "```"]
    return "\n".join([*lines, ""])


def rule_page(rule: Rule) -> str:
    """Return the page of one rule, with what breaks it and what does not."""
    lines = [
        f"# {rule.code} {rule.slug}",
        "",
        f"*{rule.severity}.* {_prose(rule.summary)}",
        "",
        _prose(rule.explanation),
        "",
        f"**Fix:** {_prose(rule.hint)}",
        "",
        f"This example breaks the rule{_for_device(rule.device)}:",
        "",
        *_block(rule.example),
        *_beside(rule.example, rule.command),
        *_together(rule.beside),
        "The finding:",
        "",
        "```text",
        *_finding(rule),
        "```",
        "",
        f"Corrected{_for_device(rule.corrected_device)}:",
        "",
        *_block(rule.corrected),
        *_beside(rule.corrected, rule.corrected_command),
        f"Source: {rule.source}.",
        "",
    ]
    return "\n".join(lines)


def _finding(rule: Rule) -> list[str]:
    """Return what is found in the example of a rule, as the tests check it."""
    from test_rules import judge

    found = judge(rule.example, rule.device, rule.command, rule.now, rule.releases, rule.beside)
    return textwrap.wrap(str(found[0]), 88)


def _prose(text: str) -> str:
    """Return a text in which ``<`` outside of code does not begin a tag."""
    return re.sub(r"`[^`]*`|<", lambda found: r"\<" if found[0] == "<" else found[0], text)


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
    language = "json" if text.startswith("{") else "xml" if _is_well_formed(text) else "text"
    return [f"```{language}", *text.rstrip("\n").split("\n"), "```", ""]


def _is_well_formed(text: str) -> bool:
    try:
        ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return False
    return True


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
        "`mdm-osupdate show` explains the codes of a response.",
    ]
    for domain, errors in itertools.groupby(sorted(osu.KNOWN_ERRORS.items()), lambda it: it[0][0]):
        lines += ["", f"## {domain}", "", "| code | meaning | source |", "|---|---|---|"]
        lines += [f"| {code} | {known.meaning} | {known.source} |" for (_, code), known in errors]
    return "\n".join([*lines, ""])


def availability_page() -> str:
    """Return the reference of what each platform supports."""
    lines = [
        "# Availability",
        "",
        "The version of each platform that introduced a command, key, value, declaration or status"
        " item. iPadOS is like iOS. watchOS supports none of them.",
        "The [conditions](#conditions) of a command also apply to its keys and values.",
        "`mdm-osupdate availability` prints the same, and for a device the actions that it"
        " supports.",
    ]
    sources = dict.fromkeys(row.source for row in ROWS)
    numbers = {source: str(number) for number, source in enumerate(sources, 1)}
    for whole in dict.fromkeys(row.subject.partition(".")[0] for row in ROWS):
        lines += ["", f"## {whole}", ""]
        lines += ["| name | iOS | macOS | tvOS | visionOS | source |", "|---|---|---|---|---|---|"]
        for row in ROWS:
            if row.subject.partition(".")[0] == whole:
                found = [osu.availability(row.subject, name) for name in _PLATFORMS]
                cells = [str(where.introduced) if where else "no" for where in found]
                part = row.subject.removeprefix(f"{whole}.")
                lines.append(f"| `{part}` | {' | '.join([*cells, numbers[row.source]])} |")
    lines += [
        "",
        "## Conditions",
        "",
        "| name | platforms | deprecated | removed | supervision | channel | User Enrollment |"
        " Shared iPad | access right |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    wholes = (*osu.RequestType, "SoftwareUpdateEnforcementSpecific", "SoftwareUpdateSettings")
    for subject in (*wholes, *(row.subject for row in ROWS if row.supervised)):
        alike: dict[tuple[str, ...], list[str]] = {}
        for platform in osu.Platform:
            where = osu.availability(subject, platform)
            if where is not None:
                alike.setdefault(tuple(map(_cell, _conditions(where))), []).append(platform)
        for told, platforms in alike.items():
            lines.append(f"| `{subject}` | {' | '.join([', '.join(platforms), *told])} |")
    lines += ["", "## Sources", ""]
    lines += [f"{number}. Apple, {source}" for source, number in numbers.items()]
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
        for outcome, after in following.items():
            if after not in (state, State.FAILED):
                ways.setdefault(after, []).append(str(outcome))
        lines += [f"    {state} --> {after}: {', '.join(said)}" for after, said in ways.items()]
    lines += [
        "    finished --> [*]",
        "```",
        "",
        "Not shown: responses that keep the state, and the transition from each state to `failed`"
        " when the device rejects the command or a limit of the policy is reached.",
        "Devices other than Macs skip `scanning` and `rescanning`.",
        "",
        "| state | its command | next state by outcome |",
        "|---|---|---|",
    ]
    for state, following in TRANSITIONS.items():
        told = "; ".join(f"{outcome}: {after}" for outcome, after in following.items())
        lines.append(f"| {state} | `{REQUESTS[state]}` | {told} |")
    lines += ["", *_declared(), "## Outcomes", ""]
    said = re.findall(r'= "(.*)"\n    """([^"]*)"""', inspect.getsource(Outcome))
    lines += [f"* {outcome}: {' '.join(meaning.split())}" for outcome, meaning in said]
    lines += ["", "## Events", ""]
    for name in flow.__all__:
        kind = getattr(flow, name)
        if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event:
            own = [a.name for a in attrs.fields(kind) if a.name != "at"]
            lines.append(f"* `{name}({', '.join(['at', *own])})`: {inspect.getdoc(kind)}")
    return "\n".join(lines) + "\n"


def _declared() -> list[str]:
    steps = {outcome: state for outcome, state in DECLARED.items() if state is not State.FAILED}
    chain = list(dict.fromkeys([State.DECLARED, *steps.values()]))
    told = {
        state: str(outcome) for outcome, state in steps.items() if outcome is not Outcome.NOTHING
    }
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
    from servers import WRONG

    lines = [
        "# Conformance",
        "",
        "The requirements of the protocol for servers and devices, each with the meaning of Apple's"
        " sentence that says so. A recommendation is good practice that Apple does not require: it"
        " is reported, and fails only with `--strict`.",
        "",
    ]
    for heading, prefix in (("Servers", "SRV"), ("Devices", "DEV")):
        lines += [f"## {heading}", "", "| code | obligation, and why |", "|---|---|"]
        for code, obligation in OBLIGATIONS.items():
            if code.startswith(prefix):
                source = f"([Apple]({obligation.source}))" if obligation.source else ""
                kind = "" if obligation.source else "Recommendation. "
                told = f"{kind}{obligation.text}<br>*{obligation.reason}* {source}"
                lines.append(f"| {code} | {told.rstrip()} |")
        lines.append("")
    lines += [
        "## Rows",
        "",
        "These rows of an obligation can be waived one by one.",
        "",
        *(f"* `{row}`" for row in WAIVABLE),
        "",
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


_JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}
_LOCAL_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"


def declarations_schema() -> str:
    """Return the JSON Schema of the declarations, by ``Type``."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Declarations about software updates in Apple's declarative management",
        "type": "object",
        "required": ["Type", "Payload"],
        "properties": {
            "Type": {"enum": list(DECLARATIONS)},
            "Identifier": {"type": "string", "minLength": 1},
            "ServerToken": {"type": "string", "minLength": 1},
        },
        "allOf": [
            {
                "if": {"properties": {"Type": {"const": name}}},
                "then": {"properties": {"Payload": _object_schema(kind)}},
            }
            for name, kind in DECLARATIONS.items()
        ],
    }
    return json.dumps(schema, indent=2) + "\n"


def _object_schema(kind: type[Message]) -> dict[str, Any]:
    outside = ("Identifier", "ServerToken") if issubclass(kind, Declaration) else ()
    keys = [f.metadata["schema"] for f in attrs.fields(kind) if "schema" in f.metadata]
    keys = [key for key in keys if key.name not in outside]
    required = [key.name for key in keys if key.required]
    return {
        "type": "object",
        "properties": {key.name: _key_schema(key) for key in keys},
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def _key_schema(key: Key) -> dict[str, Any]:
    one: dict[str, Any]
    if issubclass(key.kind, Message):
        one = _object_schema(key.kind)
    elif issubclass(key.kind, LocalDateTime):
        one = {"type": "string", "pattern": _LOCAL_TIME}
    elif issubclass(key.kind, Enum):
        one = {"enum": [str(word) for word in key.kind]}
    else:
        one = {"type": _JSON_TYPES[key.kind]}
    return {"type": "array", "items": one} if key.array else one


_PICTURED = (
    "mdm-osupdate check --color always --platform macOS --os-version 27.0"
    " docs/examples/commands/bad-deferrals-as-text.plist"
)


_MODULES = (
    "declarations",
    "inventory",
    "releases",
    "flow",
    "planning",
    "simulator",
    "strategies",
    "conformance",
)


def python_page(module: str) -> str:
    """Return the reference of a module: a summary of its names, then each from its docstring."""
    names = importlib.import_module(module)
    sections: dict[str, list[str]] = {title: [] for title in _SECTIONS}
    for name in names.__all__:
        sections[_section(getattr(names, name))].append(name)
    lines = [f"# {module}", "", _markdown(inspect.getdoc(names) or ""), ""]
    for title, found in sections.items():
        if not found:
            continue
        meanings = {name: _meaning(module, name) for name in found}
        lines += [f"## {title}", ""]
        if title != "Constants":
            lines += ["| name | description |", "|---|---|"]
            lines += [
                f"| `{name}` | {_prose(_markdown(told))} |" for name, told in meanings.items()
            ]
            lines.append("")
        lines.append("```{eval-rst}")
        for name, told in meanings.items():
            lines.append(f".. {_SECTIONS[title]}:: {module}.{name}")
            if title == "Constants":
                lines += ["", *(f"   {line}" for line in told.splitlines()), ""]
        lines += ["```", ""]
    return "\n".join(lines)


_SECTIONS = {
    "Functions": "autofunction",
    "Classes": "autoclass",
    "Commands": "autoclass",
    "Responses": "autoclass",
    "Dictionaries": "autoclass",
    "Events": "autoclass",
    "Values": "autoclass",
    "Exceptions": "autoexception",
    "Constants": "py:data",
}
"""The sections of a module's page, with the directive for their names."""


def _section(thing: object) -> str:
    if inspect.isfunction(thing):
        return "Functions"
    if not isinstance(thing, type):
        return "Constants"
    kinds = {
        osu.Command: "Commands",
        osu.Response: "Responses",
        Message: "Dictionaries",
        Event: "Events",
        Enum: "Values",
        Exception: "Exceptions",
    }
    return next((title for kind, title in kinds.items() if issubclass(thing, kind)), "Classes")


def _meaning(module: str, name: str) -> str:
    """Return the docstring of a name; that of a constant follows its assignment."""
    thing = getattr(importlib.import_module(module), name)
    if _section(thing) != "Constants":
        return inspect.getdoc(thing) or ""
    meanings = (
        inspect.cleandoc(below.value.value)
        for path in sorted((ROOT / "src" / module.replace(".", "/")).rglob("*.py"))
        for above, below in itertools.pairwise(ast.parse(path.read_text()).body)
        if name in map(ast.unparse, _targets(above))
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    )
    return next(meanings, "")


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.AnnAssign):
        return [statement.target]
    return statement.targets if isinstance(statement, ast.Assign) else []


def _markdown(docstring: str) -> str:
    """Return the first paragraph of a docstring, as one line of Markdown."""
    paragraph = " ".join(docstring.split("\n\n", 1)[0].split())
    return re.sub(r"``([^`]*)``", r"`\1`", paragraph)


def schemas_page() -> str:
    """Return the list of the JSON Schemas."""
    lines = [
        "# JSON Schemas",
        "",
        "The output of `--format json` has a JSON Schema, and a `version` that increases when a key"
        " changes its meaning or is removed.",
        "",
        "| schema | output |",
        "|---|---|",
    ]
    for path in sorted((ROOT / "docs" / "reference" / "schemas").glob("*.json")):
        schema = json.loads(path.read_text())
        told = f"`{schema['title']}`: {_with_code(schema['description'])}"
        lines.append(f"| [{path.name}](schemas/{path.name}) | {told} |")
    lines += [
        "",
        "[declarations.schema.json](declarations.schema.json) describes the declarations about"
        " software updates, for completion and checks in editors. It is generated from the classes"
        " of the library. See [Check declarations](../how-to/move-to-declarations.md"
        "#check-declarations).",
    ]
    return "\n".join([*lines, ""])


def picture() -> str:
    """Return the picture of the README: what ``check`` prints on a terminal."""
    environment = {"COLUMNS": "80", "TERM": "xterm-256color", "NO_COLOR": ""}
    said = _in_process(_PICTURED, str(ROOT), **environment)
    console = Console(record=True, width=80, file=io.StringIO(), force_terminal=True)
    console.print(f"[bold]$[/] {_PICTURED.replace(' --color always', '')}\n", highlight=False)
    console.print(Text.from_ansi(said))
    svg = console.export_svg(title="mdm-osupdate", unique_id="check")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # they name another host


def commands(
    command: click.Command = command_line, ctx: click.Context | None = None
) -> Iterator[click.Context]:
    """Yield a context for each command, those of a group after the group."""
    name = command.name if ctx else "mdm-osupdate"
    ctx = click.Context(command, parent=ctx, info_name=name, **command.context_settings)
    yield ctx
    for subcommand in _subcommands(ctx):
        yield from commands(subcommand, ctx)


def _subcommands(ctx: click.Context) -> list[click.Command]:
    group = ctx.command
    if not isinstance(group, click.Group):
        return []
    found = [group.get_command(ctx, name) for name in group.list_commands(ctx)]
    return [command for command in found if command]


_COMMAND = re.compile(r"(?<=<!-- command: )(.+?) -->\n.*?(?=<!-- end -->)", re.DOTALL)


def with_commands(page: str) -> str:
    """Return a page with the reference of each command that it marks."""
    if not _COMMAND.search(page):
        return page
    parts = {ctx.command_path: "\n".join(_command(ctx)) for ctx in commands()}
    return _COMMAND.sub(lambda part: f"{part[1]} -->\n{parts[part[1]]}\n", page)


def _command(ctx: click.Context) -> Iterator[str]:
    usage = ctx.get_usage().removeprefix("Usage: ")
    yield from ("", "```text", " ".join(usage.split()), "```", "")
    for paragraph in inspect.cleandoc(ctx.command.help or "").split("\n\n"):
        if paragraph.startswith("\b\n"):
            yield from ("```text", inspect.cleandoc(paragraph[2:]), "```", "")
        else:
            yield from (_with_code(" ".join(paragraph.split())), "")
    for title, options in grouped(ctx).items():
        yield from (f"**{title}**", "", "| option | description |", "|---|---|")
        for option in options:
            yield f"| {_names(option, ctx)} | {_explained(option, ctx)} |"
        yield ""
    if subcommands := _subcommands(ctx):
        yield from ("| command | description |", "|---|---|")
        for command in subcommands:
            name = f"{ctx.command_path} {command.name}".removeprefix("mdm-osupdate ")
            summary = _with_code(command.get_short_help_str(99))
            yield f"| [{name}](#{name.replace(' ', '-')}) | {summary} |"
        yield ""


def _names(option: click.Option, ctx: click.Context) -> str:
    """Return the names of an option with its value, the values of a choice being told beside."""
    # Sorted, since click 8.4 has those of --help in any order.
    short_first = sorted(option.opts, key=lambda name: name.startswith("--"))
    names = ", ".join(f"`{name}`" for name in short_first)
    if option.secondary_opts:
        return f"{names}, {', '.join(f'`{name}`' for name in option.secondary_opts)}"
    if option.is_flag or (option.metavar is None and isinstance(option.type, click.Choice)):
        return names
    return f"{names[:-1]} {option.make_metavar(ctx)}`"


def _explained(option: click.Option, ctx: click.Context) -> str:
    told = [_with_code(option.help or "")]
    extra = option.get_help_extra(ctx)
    if option.metavar is None and isinstance(option.type, click.Choice):
        told.append(f"Values: {', '.join(f'`{value}`' for value in option.type.choices)}.")
    if "range" in extra:
        told.append(f"Range: {_range(option.type)}.")
    if "default" in extra:
        default = extra["default"]
        told.append(f"Default: {default[1:-1] if default[0] == '(' else f'`{default}`'}.")
    told += [f"Environment variable: `{name}`." for name in extra.get("envvars", ())]
    if option.required:
        told.append("Required.")
    return " ".join(told)


def _range(kind: object) -> str:
    assert isinstance(kind, click.IntRange | click.FloatRange)
    return f"{kind.min} or more" if kind.max is None else f"{kind.min} to {kind.max}"


def _with_code(text: str) -> str:
    """Return a help text in which options are code, and nothing is a tag."""
    return re.sub(r"(?<![\w`-])(--?[a-z][\w-]*|-(?= ))(?!`)", r"`\1`", _prose(text))


PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/declarations.schema.json": declarations_schema,
    "docs/rules/index.md": rules_page,
    **{f"docs/rules/{rule.code}.md": partial(rule_page, rule) for rule in osu.RULES.values()},
    "docs/reference/flow.md": flow_page,
    "docs/reference/conformance.md": conformance_page,
    "docs/reference/availability.md": availability_page,
    "docs/reference/error-codes.md": error_codes_page,
    "docs/reference/json-schemas.md": schemas_page,
    "docs/reference/python/top-level.md": partial(python_page, "mdm_osupdate"),
    **{
        f"docs/reference/python/{name}.md": partial(python_page, f"mdm_osupdate.{name}")
        for name in _MODULES
    },
}

_CONSOLE = re.compile(r"(?<=```console\n)(.*?)(?=```)", re.DOTALL)


def with_real_output(page: str) -> str:
    """Run the commands in the console blocks of a page, and return the page with their output."""
    return _CONSOLE.sub(lambda block: "".join(map(_run, _commands(block[1]))), page)


def _commands(block: str) -> list[str]:
    return re.findall(r"^\$ ((?:.*\\\n)*.*)", block, re.MULTILINE)


def _run(command: str) -> str:
    assert shlex.split(command)[0] in ("mdm-osupdate", "echo", "plutil"), command
    needs_shell = re.search(r"[|;<>&$*]", command) or not command.startswith("mdm-osupdate ")
    line = re.sub(r"\\\n *", "", command)  # one that is continued
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "docs").symlink_to(ROOT / "docs")
        said = _shell(line, scratch) if needs_shell else _in_process(line, scratch)
    return f"$ {command}\n{said}"


_ENVIRONMENT = {
    "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
    "PYTHONPATH": str(ROOT / "src"),  # of this checkout, wherever the command is installed
    "COLUMNS": "88",
    "NO_COLOR": "1",
    "TERM": "dumb",
    "SOURCE_DATE_EPOCH": "1772442000",  # 2 March 2026, so that deadlines lie ahead
}


class _Terminal(io.TextIOWrapper):
    """A stream that is a terminal for those who ask."""

    def isatty(self) -> bool:
        return True


def _in_process(command: str, directory: str, **environment: str) -> str:
    """Run ``mdm-osupdate`` in this process and return what it prints on a terminal.

    Processes would take much longer.
    """
    written, before = io.BytesIO(), Path.cwd()
    said = _Terminal(written, "utf-8", write_through=True)
    errors = io.TextIOWrapper(written, "utf-8", write_through=True)  # without progress
    streams = contextlib.redirect_stdout(said), contextlib.redirect_stderr(errors)
    variables = _ENVIRONMENT | environment
    os.chdir(directory)
    try:
        with mock.patch.dict(os.environ, variables, clear=True), streams[0], streams[1]:
            run(shlex.split(command)[1:])
    finally:
        os.chdir(before)
    return written.getvalue().decode()


def _shell(command: str, directory: str) -> str:
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=directory,
        env=_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ).stdout


def all_pages() -> list[Path]:
    """Return the pages of the documentation."""
    pages = sorted((ROOT / "docs").rglob("*.md"))
    return [ROOT / "README.md", *(page for page in pages if "node_modules" not in page.parts)]


def written_pages() -> list[Path]:
    """Return the pages that are written by hand."""
    return [page for page in all_pages() if page.relative_to(ROOT).as_posix() not in PAGES]


if __name__ == "__main__":
    (ROOT / "docs" / "check.svg").write_text(picture())
    for name, make in PAGES.items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(make())
    for path in written_pages():
        path.write_text(with_commands(with_real_output(path.read_text())))
