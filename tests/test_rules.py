"""Every rule: the example breaks it, and the corrected example does not."""

import datetime as dt
import plistlib
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given

import mdm_osupdate as osu
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific as Enforcement
from mdm_osupdate.messages import Message
from mdm_osupdate.releases import load_releases
from mdm_osupdate.rules import Example
from mdm_osupdate.strategies import devices, messages
from mdm_osupdate.validation import check_together

# An error is what a device refuses, ignores or cannot read; a warning is what does something else
# than it seems to; info is worth knowing. Exit statuses depend on it, so it stands here by hand.
SEVERITIES = """
OSU101 error    Neither a device nor a server can read any of it.
OSU102 error    Strict XML parsers refuse the whole document.
OSU103 error    Zero bytes carry neither a command nor an answer.
OSU104 error    It is refused unread, so nothing of it takes effect.
OSU105 error    It is refused unread, so nothing of it takes effect.
OSU106 error    The value would be lost or changed on its way.
OSU107 warning  One of the two values takes effect, but nobody can say which.
OSU108 error    Apple's parser refuses the whole document.
OSU109 error    Apple's parser refuses the whole document.
OSU110 error    Only a dictionary can be a message.
OSU111 error    A device finds neither Command nor CommandUUID where it looks.
OSU112 info     The command may be right; it was not checked.
OSU113 error    A device and a server have no use for it.
OSU114 error    A device finds no RequestType where it looks.
OSU115 warning  Some servers add the key to what they queue.
OSU116 error    The answer cannot be matched to its command.
OSU117 error    A device answers an unknown request type with Error.
OSU120 error    The message cannot be understood without the key.
OSU121 error    A device refuses the command or ignores the key.
OSU122 warning  Lenient readers understand the value, strict ones do not.
OSU123 warning  The rest of the message still works; this key does nothing.
OSU124 warning  The scan still happens, but not by force.
OSU125 info     Devices really send the key, and it harms nobody.
OSU126 warning  Reading it works; only writing it again does not.
OSU127 info     The message was found and checked; only its place is worth knowing.
OSU128 info     Other messages of the protocol are nothing to complain about.
OSU129 error    A device accepts neither print-outs nor a server's own requests.
OSU201 error    An iPhone refuses the action, and a Mac does something else.
OSU202 error    The schema allows two values, and this is neither.
OSU203 error    The device is not told which update is meant.
OSU204 warning  The device takes its newest update, which may be what is meant.
OSU205 warning  A Mac may take all updates, which may be what is meant.
OSU206 warning  The device follows one of the two.
OSU207 warning  The update works; the limit on deferrals does not.
OSU208 error    A count has no meaning below zero.
OSU209 warning  The device may still find an update, but not this one.
OSU210 warning  No update matches it, although the command is well formed.
OSU211 warning  The empty key names nothing; a ProductVersion beside it still counts.
OSU212 warning  The update works, and open work is lost.
OSU213 warning  No update matches it, although the command is well formed.
OSU301 error    The device answers with Error.
OSU302 error    The device answers with Error.
OSU303 error    The device ignores what the command relies on.
OSU304 error    The device ignores what the command relies on.
OSU305 warning  The upgrade works; the key beside it does nothing.
OSU306 error    The device refuses the command.
OSU307 error    The device refuses the command or does something else.
OSU310 error    The device refuses the command.
OSU311 error    The device refuses the command on this channel.
OSU312 error    The device refuses the command.
OSU313 error    The device refuses the command.
OSU314 warning  The command works as soon as the user logs out.
OSU315 warning  Only reports say that the device refuses it.
OSU316 warning  The command is sound, but there is nothing to install.
OSU317 warning  Sources disagree on whether such a Mac refuses.
OSU318 warning  The download works; the installation needs a second command.
OSU319 warning  Only reports say that the Mac refuses it.
OSU401 warning  The command still works on this version.
OSU402 error    The device no longer supports the command.
OSU403 warning  The declaration may want the same as the command.
OSU410 warning  The declaration works, without what it cannot say.
OSU411 error    The declaration installs another version than was asked for.
OSU501 warning  A reader can keep the word, and may not understand it.
OSU502 error    No size or count can be negative.
OSU503 error    The value is no fraction, so any bar drawn from it is wrong.
OSU504 info     The certificate still names the device.
OSU505 warning  The answer is readable, but belongs to no command.
OSU506 warning  The answer is readable, but contradicts itself.
OSU510 warning  The answer is readable, and the device is not what was thought.
OSU511 warning  The answer is readable, and the device is not what was thought.
OSU520 warning  Apple allows it, and something else happens than was asked.
OSU521 warning  The answer is readable, and is about something else.
OSU522 info     It is what a device says after a restart.
OSU523 error    It is the answer to something else.
OSU524 error    It is the answer to something else.
OSU540 error    The device did not install what was enforced.
OSU541 warning  The device may be at the target already.
OSU601 error    A device cannot read any of it.
OSU602 info     The declaration may be right; it was not checked.
OSU603 error    A device and a server have no use for it.
OSU604 warning  Many servers add the key to what they are given.
OSU605 error    A device does not know such a type.
OSU610 error    The device reports the declaration as invalid.
OSU611 error    The device reports the declaration as invalid.
OSU612 warning  The update works; only the link does not.
OSU613 warning  The form of builds may grow; a wrong one matches no update.
OSU614 error    Macs refuse the format.
OSU615 warning  The form is right, but no update has that name.
OSU616 warning  The form is right, but no update has that version.
OSU617 warning  The update works, and nobody is asked.
OSU618 warning  The other items of the subscription are reported.
OSU620 error    The device does not take the declaration.
OSU621 error    The device reports the declaration as invalid.
OSU622 error    The device does not take the declaration.
OSU623 error    The device does not take the declaration on this channel.
OSU624 error    The device does not take the declaration.
OSU625 warning  The declaration is sound, but there is nothing to install.
OSU626 error    A device of that age cannot install it.
OSU630 error    The device does not apply the configuration.
OSU631 error    The device does not apply the configuration.
OSU632 warning  The rest works, and a declaration may be for several platforms.
OSU633 warning  The rest works, and the key will once the device is updated.
OSU634 error    The device does not do what the key is for.
OSU635 error    The schema forbids the combination.
OSU636 warning  The rest works; nothing is installed automatically.
OSU640 error    The device cannot enroll, and does not update.
OSU641 error    The device finds no such update.
OSU642 error    The device cannot enroll, and does not update.
OSU643 error    The device can never enroll.
OSU650 warning  Both are carried out, in an order that Apple does not say.
OSU651 warning  The other enforcement brings the device to a newer version.
OSU660 error    The device does nothing.
OSU661 info     The older version works as long as it is offered.
OSU662 error    The device does nothing.
OSU663 error    The device does not install the response.
"""
SEVERITY = {line[:6]: line[7:15].strip() for line in SEVERITIES.strip().splitlines()}

each_rule = pytest.mark.parametrize("rule", osu.RULES.values(), ids=lambda rule: rule.code)


def judge(
    example: Example,
    device: Mapping[str, Any] | None,
    command: Mapping[str, Any] | None,
    now: str | None,
    releases: Mapping[str, Any] | None,
    beside: Example | None = None,
) -> osu.Report:
    document = example.encode() if isinstance(example, str) else plistlib.dumps(dict(example))
    if beside is not None:
        assert isinstance(beside, str)
        read = [osu.loads(each, Enforcement, strict=True) for each in (beside, document)]
        return osu.Report(check_together(read)[1])
    return osu.validate(
        document,
        osu.Device(**device) if device else None,
        command=osu.loads_command(plistlib.dumps(dict(command))) if command else None,
        now=dt.datetime.fromisoformat(now) if now else None,
        releases=load_releases(releases) if releases else None,
    )


@each_rule
def test_example_breaks_only_this_rule(rule: osu.Rule) -> None:
    report = judge(rule.example, rule.device, rule.command, rule.now, rule.releases, rule.beside)
    assert [finding.rule for finding in report] == [rule.code]
    assert report[0].severity == SEVERITY[rule.code]


@each_rule
def test_corrected_example_breaks_no_rule(rule: osu.Rule) -> None:
    report = judge(
        rule.corrected,
        rule.corrected_device or rule.device,
        rule.corrected_command or rule.command,
        rule.now,
        rule.releases,
        rule.beside,
    )
    assert list(report) == []


@each_rule
def test_finding_is_complete(rule: osu.Rule) -> None:
    assert re.fullmatch(r"OSU[1-6]\d\d", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+|malformed|unsupervised|deprecated|removed", rule.slug)
    for sentence in (rule.summary, rule.explanation, rule.hint):
        assert sentence[0].isupper() or sentence.startswith(("iOS", "iPhones"))
        assert sentence.endswith(".")


def test_severities() -> None:
    assert list(SEVERITY) == list(osu.RULES)
    assert set(SEVERITY.values()) == {"error", "warning", "info"}
    reasons = [line[16:] for line in SEVERITIES.strip().splitlines()]
    assert all(reason[0].isupper() and reason.endswith(".") for reason in reasons)


def test_codes_and_slugs_are_unique() -> None:
    assert len({rule.slug for rule in osu.RULES.values()}) == len(osu.RULES)
    assert all(code == rule.code for code, rule in osu.RULES.items())
    assert list(osu.RULES) == sorted(osu.RULES)


@given(messages(), devices())
def test_every_message_gets_a_report(message: Message, device: osu.Device) -> None:
    """No message makes validation raise, and every finding is of a rule and complete."""
    for finding in osu.validate(message, device):
        assert finding.rule in SEVERITY
        assert finding.message
        assert finding.hint
