"""Every rule: its example breaks it, its corrected example does not."""

import plistlib
import re
from collections.abc import Mapping
from typing import Any

import pytest
from drawn import messages
from hypothesis import given

import mdm_osupdate as osu
from mdm_osupdate.messages import Message
from mdm_osupdate.rules import Example

each_rule = pytest.mark.parametrize("rule", osu.RULES.values(), ids=lambda rule: rule.code)


def judge(
    example: Example, device: Mapping[str, Any] | None, command: Mapping[str, Any] | None
) -> osu.Report:
    document = example.encode() if isinstance(example, str) else plistlib.dumps(dict(example))
    return osu.validate(
        document,
        osu.Device(**device) if device else None,
        command=osu.loads_command(plistlib.dumps(dict(command))) if command else None,
    )


@each_rule
def test_the_example_breaks_this_rule_and_no_other(rule: osu.Rule) -> None:
    report = judge(rule.example, rule.device, rule.command)
    assert [finding.rule for finding in report] == [rule.code]
    assert report[0].severity is rule.severity
    assert report[0].source == rule.source


@each_rule
def test_the_corrected_example_breaks_none(rule: osu.Rule) -> None:
    report = judge(
        rule.corrected,
        rule.corrected_device or rule.device,
        rule.corrected_command or rule.command,
    )
    assert list(report) == []


@each_rule
def test_it_is_told_in_full(rule: osu.Rule) -> None:
    assert re.fullmatch(r"OSU[1-6]\d\d", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+|malformed|unsupervised|deprecated|removed", rule.slug)
    for sentence in (rule.summary, rule.explanation, rule.hint):
        assert sentence[0].isupper()
        assert sentence.endswith(".")


def test_codes_and_slugs_are_unique() -> None:
    assert len({rule.slug for rule in osu.RULES.values()}) == len(osu.RULES)
    assert all(code == rule.code for code, rule in osu.RULES.items())
    assert list(osu.RULES) == sorted(osu.RULES)


@given(messages())
def test_any_message_gets_a_report(message: Message) -> None:
    """No message makes validation raise, and every finding is of a rule and complete."""
    for finding in osu.validate(message):
        rule = osu.RULES[finding.rule]
        assert (finding.severity, finding.source) == (rule.severity, rule.source)
        assert finding.message
        assert finding.hint
