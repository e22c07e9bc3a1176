"""The names of rules on the command line and in configurations."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from mdm_osupdate.codec import closest
from mdm_osupdate.rules import RULES, Rule

RULES_AT = "https://mdm-osupdate.github.io/mdm-osupdate/rules"
"""The pages of the rules."""


def find_rules(name: str) -> tuple[Rule, ...]:
    """Return the rules that a name means, in any case.

    Args:
        name: a code such as ``OSU203``, the beginning of codes such as ``OSU2``, or the name of a
            rule such as ``product-missing``.

    Raises:
        ValueError: no rule has this name.
    """
    found = tuple(
        rule
        for rule in RULES.values()
        if rule.slug == name.lower() or (name and rule.code.startswith(name.upper()))
    )
    if not found:
        near = closest(name.lower(), [rule.slug for rule in RULES.values()])
        advice = f"did you mean {near}?" if near else "`mdm-osupdate rule --all` lists them"
        raise ValueError(f"unknown rule {name!r}; {advice}")
    return found


def find_codes(names: Iterable[str]) -> frozenset[str]:
    """Return the codes of the rules that names mean. A name may be several, joined by commas.

    Raises:
        ValueError: no rule has one of these names.
    """
    single = (name.strip() for text in names for name in text.split(","))
    return frozenset(rule.code for name in single for rule in find_rules(name))


def complete_rules(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the codes and names that begin as typed, after the last comma."""
    before, comma, last = incomplete.rpartition(",")
    names = [(name, rule) for rule in RULES.values() for name in (rule.code, rule.slug)]
    return [
        CompletionItem(before + comma + name, help=rule.summary)
        for name, rule in names
        if name.lower().startswith(last.lower())
    ]


def to_codes(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> frozenset[str]:
    """Turn the values of an option into the codes of rules."""
    try:
        return find_codes(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None
