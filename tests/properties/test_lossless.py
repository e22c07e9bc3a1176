"""The promise: nothing given in is lost or silently changed."""

import json
import pickle
import plistlib
from copy import deepcopy
from typing import Any
from xml.sax.saxutils import escape

import pytest
from exactness import CLASSES, DECLARATIVE, exactly
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import mdm_osupdate as osu
from mdm_osupdate.codec import DEFAULT_LIMITS, Reading, examine
from mdm_osupdate.messages import COMMANDS, RESPONSES, Message
from mdm_osupdate.strategies import dictionaries, messages

# Half of the examples, for each of the classes.
few = settings(max_examples=max(1, settings().max_examples // 2))


class TestMessages:
    """For every message m that ``dumps`` accepts, ``loads(dumps(m), type(m)) == m``."""

    @pytest.mark.parametrize("fmt", ["xml", "binary"])
    @given(message=messages(*CLASSES))
    def test_round_trip(self, message: Message, fmt: osu.Format) -> None:
        assert osu.loads(osu.dumps(message, fmt=fmt), type(message)) == message

    @given(messages(*CLASSES))
    def test_output_is_deterministic(self, message: Message) -> None:
        again = osu.from_dict(dict(reversed(osu.to_dict(message).items())), type(message))
        assert osu.dumps(again) == osu.dumps(message)

    @given(messages(*CLASSES))
    def test_pickle_copy_and_hash(self, message: Message) -> None:
        assert pickle.loads(pickle.dumps(message)) == message
        assert deepcopy(message) == message
        assert hash(deepcopy(message)) == hash(message)

    @given(messages(*CLASSES))
    def test_repr_can_be_evaluated(self, message: Message) -> None:
        names = vars(osu) | {"datetime": __import__("datetime"), "inf": float("inf")}
        assert eval(repr(message), names) == message

    @given(messages(*COMMANDS))
    def test_commands_are_recognized(self, command: osu.Command) -> None:
        assume(command.command_uuid)
        assert osu.loads_command(osu.dumps(command)) == command


@given(messages(*CLASSES, *DECLARATIVE))
def test_messages_deviate_as_their_documents_do(message: Message) -> None:
    """Though only the documents of messages that may deviate are read."""
    reading = Reading(type(message))
    reading.document(osu.to_dict(message))
    assert examine(message, DEFAULT_LIMITS).findings == reading.findings


@pytest.mark.parametrize("cls", [*CLASSES, *DECLARATIVE])
@given(data=st.data())
def test_valid_documents_round_trip(cls: type[Message], data: st.DataObject) -> None:
    document = data.draw(dictionaries(cls))
    assert exactly(osu.to_dict(osu.from_dict(document, cls))) == exactly(document)


@pytest.mark.parametrize("cls", DECLARATIVE)
class TestDeclarations:
    """The same for what is JSON: declarations and status reports."""

    @given(data=st.data())
    def test_other_documents_round_trip_unless_reported(
        self, cls: type[Message], data: st.DataObject
    ) -> None:
        document = data.draw(dictionaries(cls, deviations=True))
        reading = Reading(cls)
        message = reading.message(document, cls)
        assert message is not None
        written = json.loads(osu.dumps(message))
        if not {"OSU122"} & {finding.rule for finding in reading.findings}:
            assert exactly(written) == exactly(document)
        assert osu.loads(osu.dumps(message), cls) == message
        assert hash(pickle.loads(pickle.dumps(message))) == hash(message)


@pytest.mark.parametrize("cls", CLASSES)
class TestDictionaries:
    """All that is read is written back, type by type, unless it is reported as read differently."""

    @few
    @given(data=st.data())
    def test_other_documents_round_trip_unless_reported(
        self, cls: type[Message], data: st.DataObject
    ) -> None:
        document = data.draw(dictionaries(cls, deviations=True))
        reading = Reading(cls)
        reading.message(document, cls)
        written = plistlib.loads(osu.dumps(osu.from_dict(document, cls)))
        if not {"OSU122", "OSU124"} & {finding.rule for finding in reading.findings}:
            assert exactly(written) == exactly(document)
        assert osu.from_dict(written, cls) == osu.from_dict(document, cls)

    @few
    @given(data=st.data())
    def test_strict_accepts_what_has_no_deviation(
        self, cls: type[Message], data: st.DataObject
    ) -> None:
        """And both ways of reading agree."""
        document = data.draw(dictionaries(cls, deviations=data.draw(st.booleans())))
        reading = Reading(cls)
        message = reading.message(document, cls)
        assert message == osu.from_dict(document, cls)
        if not reading.findings:
            assert osu.from_dict(document, cls, strict=True) == message
            return
        with pytest.raises(osu.DecodeError) as caught:
            osu.from_dict(document, cls, strict=True)
        assert caught.value.findings == tuple(reading.findings)


@pytest.mark.parametrize("cls", [*COMMANDS, *RESPONSES])
@few
@given(data=st.data())
def test_strict_rejects_exactly_what_validate_reports(
    cls: type[Message], data: st.DataObject
) -> None:
    document = data.draw(dictionaries(cls, deviations=True))
    written = b"<plist>" + xml_of(document) + b"</plist>"
    assume(examine(written, DEFAULT_LIMITS).root is cls)
    reported = {(f.rule, f.path, f.message) for f in osu.validate(written)}
    rejected = set()
    try:
        osu.loads(written, cls, strict=True)
    except osu.DecodeError as error:
        rejected = {(f.rule, f.path, f.message) for f in error.findings}
    assert rejected == {finding for finding in reported if finding[0] in DEVIATIONS}


DEVIATIONS = {
    *("OSU107", "OSU108", "OSU109", "OSU114", "OSU115", "OSU116", "OSU120", "OSU121", "OSU122"),
    *("OSU123", "OSU124", "OSU125", "OSU126", "OSU204"),
}
"""The rules about what a document's form and types are, and not about what it asks for."""


def xml_of(value: Any) -> bytes:
    """A property list whose texts XML changes, and which has some of its keys twice."""
    if isinstance(value, dict):
        pairs = [b"<key>%s</key>%s" % (_text(k), xml_of(v)) for k, v in value.items()]
        return b"<dict>%s</dict>" % b"".join([*pairs, *pairs[3:4]])
    if isinstance(value, list):
        return b"<array>%s</array>" % b"".join(map(xml_of, value))
    if isinstance(value, str):
        return b"<string>%s</string>" % _text(value)
    whole = plistlib.dumps(value)
    return whole[whole.index(b'<plist version="1.0">') + 21 : whole.rindex(b"</plist>")]


def _text(text: str) -> bytes:
    return escape(text).encode()
