"""Several documents in one file: their positions, and their independence."""

import base64
import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mdm_osupdate as osu
from mdm_osupdate.codec import Limits, Part, split
from mdm_osupdate.codec.splitting import (
    is_sequence,
    split_array,
    split_lines,
    split_messages,
    split_part,
)

REPORT: dict[str, Any] = {"StatusItems": {"softwareupdate": {"install-state": "none"}}}
OTHER = {"Type": "com.apple.activation.simple", "Payload": {"text": '[{,}]\\"'}}
scalars = st.integers() | st.text(max_size=4)
dictionaries = st.dictionaries(
    st.text(max_size=3), scalars | st.lists(scalars, max_size=2), max_size=3
)
indents = st.sampled_from([None, 1, 4])


def values(parts: list[Part]) -> list[object]:
    return [json.loads(part.data) for part in parts]


class TestArrays:
    @given(st.lists(dictionaries, max_size=3), indents, st.booleans())
    def test_messages_and_positions(
        self, items: list[dict[str, Any]], indent: int | None, ascii_only: bool
    ) -> None:
        documents = [*items, REPORT]
        text = json.dumps(documents, indent=indent, ensure_ascii=ascii_only)
        parts = split_array(text.encode())
        assert values(parts) == documents
        assert [part.path for part in parts] == [f"[{n}]" for n in range(len(documents))]
        lines = text.split("\n")
        for part in parts:
            line, column = part.place
            assert lines[line - 1][column - 1 :].startswith(part.data.decode().split("\n")[0])

    def test_positions_of_findings(self) -> None:
        enforcement = osu.RULES["OSU610"].example
        assert isinstance(enforcement, str)
        text = f"[\n{enforcement}, {enforcement.strip()}]"
        for part, (number, line) in zip(
            split_array(text.encode()), [(0, 2), (1, enforcement.count("\n") + 2)], strict=True
        ):
            (inside,) = [f for f in osu.validate(part.data) if f.rule == "OSU610"]
            found = part.locate(inside)
            assert found.path == f"[{number}].Payload.TargetOSVersion"
            assert inside.line is not None
            assert found.line == inside.line + line - 1
            assert found.column == inside.column

    def test_column_offset_applies_to_the_first_line(self) -> None:
        (finding,) = osu.validate(b'{\n "StatusItems": {"softwareupdate": 5}}').findings[:1]
        part = Part(b"", "[1]", (7, 30))
        assert (part.locate(finding).line, part.locate(finding).column) == (8, finding.column)
        (finding,) = osu.validate(b'{"Type": "x"}')
        assert (part.locate(finding).line, part.locate(finding).column) == (7, 9 + 30)
        assert part.locate(osu.validate(osu.Response(status="?"))[0]).line is None

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
    def test_encodings(self, encoding: str) -> None:
        assert values(split_array(json.dumps([REPORT, OTHER]).encode(encoding))) == [REPORT, OTHER]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[]",
            "{}",
            "[1]",
            json.dumps([REPORT, 1]),
            json.dumps([{"name": "kiosk", "platform": "iOS"}]),
            json.dumps([REPORT]) + "]",
            json.dumps([REPORT])[:-1],
            json.dumps([REPORT])[:-1] + ",",
            json.dumps([REPORT])[:-1] + ",]",
            json.dumps([REPORT])[:-1] + " 5]",
            "[" * 100_000,
            "<plist/>",
        ],
    )
    def test_other_texts_are_not_split(self, text: str) -> None:
        assert split_array(text.encode()) == []

    def test_invalid_utf_8_or_oversized_is_not_split(self) -> None:
        data = json.dumps([REPORT]).encode()
        assert split_array(data.replace(b"none", b"n\xffne")) == []
        assert split_array(data, Limits(size=len(data) - 1)) == []
        assert len(split_array(data, Limits(size=len(data)))) == 1

    @pytest.mark.parametrize("word", ["passcode.settings", "softwareupdate.setting"])
    def test_other_declarations_are_messages(self, word: str) -> None:
        declaration = {"Type": f"com.apple.configuration.{word}", "Payload": {}}
        assert len(split_array(json.dumps([declaration]).encode())) == 1

    def test_embedded_messages(self) -> None:
        assert len(split_array(b'[{"a": 1}, {"CommandXML": "<dict/>"}]')) == 2


class TestMessagesInside:
    RESPONSES = (osu.Response(status="Acknowledged", udid="1"), osu.Response(status="Novel"))

    @staticmethod
    def results(*responses: bytes | None) -> list[dict[str, Any]]:
        return [
            {
                "request_type": "ScheduleOSUpdate",
                "result": data and base64.b64encode(data).decode(),
            }
            for data in responses
        ]

    def test_results_of_each_device(self) -> None:
        first, second = map(osu.dumps, self.RESPONSES)
        text = json.dumps({"results": self.results(first, None, second)}, indent=1)
        one, two = split_messages(text.encode())
        assert (one.data, two.data) == (first, second)
        assert (one.path, two.path) == ("results[0].result", "results[2].result")
        (finding,) = [two.locate(f) for f in osu.validate(second) if f.rule == "OSU501"]
        assert finding.path == "results[2].result.Status"
        assert text.split("\n")[(finding.line or 0) - 1].startswith('   "result": "')
        assert finding.column == len('   "result": "')

    def test_requests_of_a_collection(self) -> None:
        command = osu.dumps(osu.ScheduleOSUpdateScanCommand(command_uuid="1")).decode()
        requests = [{"body": {"raw": raw}} for raw in (command, json.dumps(REPORT), "{}")]
        one, two = split_messages(json.dumps({"item": requests}).encode())
        assert (one.path, one.is_text) == ("item[0].body.raw", False)
        assert (two.data, two.path) == (json.dumps(REPORT).encode(), "item[1].body.raw")

    def test_objects_keep_their_places(self) -> None:
        text = json.dumps({"declarations": [OTHER, {"of": REPORT}]}, indent=1)
        one, two = split_messages(text.encode())
        assert values([one, two]) == [OTHER, REPORT]
        assert (one.path, two.path) == ("declarations[0]", "declarations[1].of")
        for part in (one, two):
            line, column = part.place
            assert text.split("\n")[line - 1][column - 1 :] == "{"

    def test_objects_with_equal_shortened_paths(self) -> None:
        names = ("a" * 200 + "1", "a" * 200 + "2")
        text = json.dumps({names[0]: OTHER, names[1]: REPORT})
        one, two = split_messages(text.encode())
        assert values([one, two]) == [OTHER, REPORT]
        assert one.path == two.path

    @pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
    def test_a_page_of_documentation(self, newline: str) -> None:
        command = osu.dumps(osu.ScheduleOSUpdateScanCommand(command_uuid="1")).decode()
        text = f"# Scan\n\n{command}\nthen `{json.dumps(REPORT)}`.\n".replace("\n", newline)
        one, two = split_messages(text.encode())
        assert osu.loads_command(one.data) == osu.loads_command(command)
        assert (values([two]), one.place) == ([REPORT], (3, 1))
        assert two.place == (4 + command.count("\n"), 7)

    def test_a_log_with_dates_in_brackets(self) -> None:
        text = "".join(f"[12:0{n}] got {json.dumps(REPORT)}\n" for n in range(2))
        assert [part.place for part in split_messages(text.encode())] == [(1, 13), (2, 13)]

    @given(
        st.integers(min_value=900, max_value=1_200), st.sampled_from(["\u00e9\n", 10**20, True, []])
    )
    def test_long_objects(self, length: int, word: object) -> None:
        documents = [
            REPORT | {"a": "b" * length, "c": word, "d": word},
            REPORT | {"a": "b" * 2_000},
        ]
        text = " and ".join(["begins", *map(json.dumps, documents)])
        assert values(split_messages(text.encode())) == documents

    def test_property_lists_of_other_kinds_are_left_out(self) -> None:
        job = "<plist><dict><key>Label</key><string>agent</string></dict></plist>"
        command = osu.dumps(osu.ScheduleOSUpdateScanCommand(command_uuid="1")).decode()
        first, second = split_messages(f"#!/bin/sh\n{job}\n{command}\n{command}".encode())
        assert osu.loads_command(first.data) == osu.loads_command(second.data)
        assert len(split_messages(f"#!/bin/sh\n{job}\n{job}".encode())) == 2
        assert split_messages(json.dumps({"a": [job, job]}).encode()) == []

    def test_property_lists_that_follow_each_other(self) -> None:
        first, second = map(osu.dumps, self.RESPONSES)
        one, two = split_messages(first + second)
        assert (one.data.rstrip(), two.data.rstrip()) == (first.rstrip(), second.rstrip())
        assert two.place == (1 + first.count(b"\n"), 1)

    def test_within_a_document_of_several(self) -> None:
        inner = json.dumps({"a": REPORT, "b": OTHER})
        one, two = split_part(Part(inner.encode(), "[3]", (7, 5)))
        assert (one.path, one.place) == ("[3].a", (7, 5 + inner.index("{", 1)))
        assert (two.path, two.place[0]) == ("[3].b", 7)
        whole = Part(json.dumps(REPORT).encode(), "[3]", (7, 5))
        assert split_part(whole) == [whole]

    @pytest.mark.parametrize(
        "text",
        [
            '{"result": 5}',
            '{"results": {"result": 5}}',
            '{"results": [{"result": 5}, 6]}',
            '["result"]',
            '{"result"',
            json.dumps({"results": results(b"<plist/>")}),
            json.dumps(REPORT | {"other": [REPORT, REPORT]}),
            "<plist><string><![CDATA[</plist><plist></plist>]]></string></plist>",
            "<a/>",
            "bplist00",
            "words",
        ],
    )
    def test_other_documents_stay_whole(self, text: str) -> None:
        assert split_messages(text.encode()) == []

    def test_what_is_too_long_stays_whole(self) -> None:
        responses = map(osu.dumps, self.RESPONSES)
        data = json.dumps({"results": self.results(*responses)}).encode()
        assert len(split_messages(data, Limits(size=len(data)))) == 2
        assert split_messages(data, Limits(size=len(data) - 1)) == []
        beyond = split_messages(data, Limits(values=1))
        assert [part.place for part in beyond] == [(1, 1), (1, 1)]


class TestFiles:
    def test_each_way_of_holding_several(self) -> None:
        lines = "".join(json.dumps(report) + "\n" for report in (REPORT, OTHER))
        assert values(list(split(lines))) == [REPORT, OTHER]
        assert values(list(split(json.dumps([REPORT, OTHER])))) == [REPORT, OTHER]

    def test_one_document_is_kept_as_it_is(self) -> None:
        (part,) = split(b" <plist/>\n")
        assert part == Part(b" <plist/>\n")
        (part,) = split('<?xml version="1.0" encoding="UTF-16"?>\n<plist/>')
        assert b"UTF-16" not in part.data

    def test_the_rest_of_a_file_comes_in_pieces(self) -> None:
        first, second, third = split(b'{"a": 1}\n{"b"', [b": 2", b"}\n", b'{"c": 3}'])
        assert [first.data, second.data, third.data] == [b'{"a": 1}', b'{"b": 2}', b'{"c": 3}']
        assert [first.place, second.place, third.place] == [(1, 1), (2, 1), (3, 1)]

    def test_a_name_can_say_that_there_is_one_document_per_line(self) -> None:
        assert list(split(b"", by_line=True)) == []
        assert [part.data for part in split(b"\n[1]\n", by_line=True)] == [b"[1]"]


class TestSequences:
    @given(st.lists(dictionaries, min_size=2, max_size=4), indents)
    def test_documents(self, documents: list[dict[str, Any]], indent: int | None) -> None:
        text = "".join(json.dumps(document, indent=indent) + "\n" for document in documents)
        assert is_sequence(text.encode())
        parts = list(split_lines(text.encode().splitlines(keepends=True)))
        assert values(parts) == documents
        for part in parts:
            line, column = part.place
            assert column == 1
            assert text.split("\n")[line - 1].startswith("{")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            '{"a": 1}',
            '{"a":\n{"b": 1}}\n',
            '[{"a": 1},\n{"b": 2}]',
            '{"a": 1,\n{"b": 2}',  # one document that is malformed
            '{"a": [\n{"b": 1},\n{"b": 2}\n]}\n',
            "<plist>\n{ }\n</plist>",
            "{" * 100_000 + "\n{",
        ],
    )
    def test_single_document(self, text: str) -> None:
        assert not is_sequence(text.encode())

    def test_malformed_document_does_not_affect_the_next(self) -> None:
        lines = [b'{"a": }\n', b"\n", b'{"b": "\n', b'{"c": 3}\n', b"words\n"]
        assert is_sequence(b'{"a": }\r\n{"c": 3}\r\n')
        assert is_sequence(b'{"a": }\n{"b": 2}\n{"c": 3')
        assert not is_sequence(b'\r\n{"a')
        assert [(part.data, part.place) for part in split_lines(lines)] == [
            (b'{"a": }', (1, 1)),
            (b'{"b": "', (3, 1)),
            (b'{"c": 3}\nwords', (4, 1)),
        ]

    def test_documents_are_read_lazily(self) -> None:
        endless = (b'{"n": %d}\n' % n for n in itertools.count())
        assert values(list(itertools.islice(split_lines(endless), 3))) == [
            {"n": 0},
            {"n": 1},
            {"n": 2},
        ]

    def test_space_before_the_first_document(self) -> None:
        assert is_sequence(b'\n {\n"a": 1}\n{"b": 2}')

    def test_long_document_of_short_lines(self) -> None:
        (part,) = split_lines([b'{"a":\n', *[b'"0123456789",\n'] * 10], Limits(size=60))
        assert len(part.data) == 61

    def test_long_line(self) -> None:
        pieces = [b'{"a": "', b"{" * 50, b"{" * 50, b'"}\n', b"{}\n"]
        first, second = split_lines(pieces, Limits(size=60))
        assert len(first.data) == 61
        assert (second.data, second.place) == (b"{}", (2, 1))

    def test_no_documents(self) -> None:
        assert list(split_lines([])) == list(split_lines([b"\n", b" \r\n"])) == []
