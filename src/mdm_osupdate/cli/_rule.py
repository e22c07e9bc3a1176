"""``mdm-osupdate rule``."""

from __future__ import annotations

from collections.abc import Iterator

import click

from mdm_osupdate.codec import DEFAULT_LIMITS, write
from mdm_osupdate.rules import RULES, Example, Rule


@click.command()
@click.argument("code", required=False)
@click.option("--all", "every", is_flag=True, help="List all rules, one per line.")
@click.pass_context
def rule(ctx: click.Context, code: str | None, every: bool) -> None:
    """Explain a rule.

    CODE is the code or the name of a rule, in upper or lower case.

    \b
      mdm-osupdate rule OSU203
      mdm-osupdate rule --all
    """
    if every == (code is not None):
        raise click.UsageError("expected a rule or --all")
    if every:
        for one in RULES.values():
            click.echo(f"{one.code}  {one.severity:8} {one.summary}")
        return
    found = [one for one in RULES.values() if str(code).lower() in (one.code.lower(), one.slug)]
    if not found:
        raise click.UsageError(f"unknown rule {code!r}; `rule --all` lists them")
    for line in _explained(found[0]):
        click.echo(line)


def _explained(rule: Rule) -> Iterator[str]:
    yield f"{rule.code} {rule.slug} ({rule.severity})"
    for text in (rule.summary, rule.explanation, rule.hint):
        yield ""
        yield from click.wrap_text(text, 80).splitlines()
    for title, example, device, command in (
        ("Breaks the rule", rule.example, rule.device, rule.command),
        ("Corrected", rule.corrected, rule.corrected_device or rule.device, rule.corrected_command),
    ):
        told = ", ".join(f"{name} {value}" for name, value in (device or {}).items())
        yield from _block(f"{title}{f', on a device with {told}' if told else ''}", example)
        if command is not None:
            what = "It replaces" if isinstance(example, str) else "It responds to"
            yield from _block(f"{what} this command", command)
    if rule.beside is not None:
        yield from _block("The device also has this declaration", rule.beside)
    yield ""
    yield f"Source: {rule.source}"


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
