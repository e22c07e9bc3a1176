"""``mdm-osupdate rule``."""

from __future__ import annotations

from collections.abc import Iterator

import click

from mdm_osupdate.codec import DEFAULT_LIMITS, write
from mdm_osupdate.rules import Example, Rule

from ._command import command, option, output_option
from ._rules import RULES_AT, complete_rules, find_rules


@command()
@click.argument("name", required=False, shell_complete=complete_rules, metavar="[RULE]")
@option("--all", "every", is_flag=True, group="Output", help="List all rules, one per line.")
@output_option
def rule(name: str | None, every: bool) -> None:
    """Explain a rule.

    RULE is the code or the name of a rule, in upper or lower case. The beginning of several codes
    lists these rules.

    \b
      mdm-osupdate rule OSU203
      mdm-osupdate rule product-missing
      mdm-osupdate rule OSU2
      mdm-osupdate rule --all
    """
    if every == (name is not None):
        raise click.UsageError("expected either a rule or --all")
    try:
        found = find_rules(name or "OSU")
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="RULE") from None
    if len(found) == 1:
        lines = _explained(found[0])
    else:
        lines = (f"{one.code}  {one.severity:8} {one.summary}" for one in found)
    for line in lines:
        click.echo(line)


def _explained(rule: Rule) -> Iterator[str]:
    yield f"{rule.code} {rule.slug} ({rule.severity})"
    for text in (rule.summary, rule.explanation, rule.hint):
        yield ""
        yield from click.wrap_text(text, 80).splitlines()
    for title, example, device, beside in (
        ("Breaks the rule", rule.example, rule.device, rule.command),
        ("Corrected", rule.corrected, rule.corrected_device or rule.device, rule.corrected_command),
    ):
        properties = ", ".join(f"{name} {value}" for name, value in (device or {}).items())
        on_device = f", on a device with {properties}" if properties else ""
        yield from _block(title + on_device, example)
        if beside is not None:
            what = "It replaces" if isinstance(example, str) else "It responds to"
            yield from _block(f"{what} this command", beside)
    if rule.beside is not None:
        yield from _block("The device also has this declaration", rule.beside)
    yield ""
    yield f"Source: {rule.source}"
    yield f"More: {RULES_AT}/{rule.code}/"


def _block(title: str, example: Example) -> Iterator[str]:
    yield ""
    yield f"{title}:"
    yield ""
    yield from (f"    {line}" for line in _lines(example))


def _lines(example: Example) -> list[str]:
    if isinstance(example, str):
        return [line[:200] for line in example.splitlines()]
    lines = write(dict(example), "xml", DEFAULT_LIMITS).decode().expandtabs(4).splitlines()
    return lines[3:-1]  # without the XML declaration, the DOCTYPE and the plist element
