"""Property lists: limits, values that cannot be written, and positions."""

import datetime as dt
import plistlib
import struct
from collections.abc import Callable
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate.codec import SourceMap, source_map

UTC = dt.timezone.utc


def answer(**unknown: Any) -> osu.Response:
    return osu.Response(status="Idle", unknown=unknown)


class TestLimits:
    data = osu.dumps(answer(Novel=[[[1, 2, 3]]]))

    @pytest.mark.parametrize("name", ["size", "depth", "values"])
    def test_a_negative_limit(self, name: str) -> None:
        with pytest.raises(ValueError, match=f"^{name} must be 0 or more, not -1$"):
            osu.Limits(**{name: -1})

    @pytest.mark.parametrize(
        ("limits", "within"),
        [
            (osu.Limits(size=len(data)), True),
            (osu.Limits(size=len(data) - 1), False),
            (osu.Limits(depth=4), True),
            (osu.Limits(depth=3), False),
            (osu.Limits(values=7), True),
            (osu.Limits(values=6), False),
        ],
    )
    def test_reading(self, limits: osu.Limits, within: bool) -> None:
        if within:
            assert osu.loads(self.data, osu.Response, limits=limits)  # type: ignore[truthy-bool]
            assert osu.validate(self.data, limits=limits).ok
            return
        with pytest.raises(osu.PlistError) as caught:
            osu.loads(self.data, osu.Response, limits=limits)
        assert [finding.rule for finding in caught.value.findings] == ["OSU104"]
        assert osu.validate(self.data, limits=limits) == osu.Report(caught.value.findings)

    def test_valid_documents_are_limited(self) -> None:
        document = {"Status": "Error", "ErrorChain": [{"ErrorCode": n} for n in range(50)]}
        osu.from_dict(document, osu.Response, limits=osu.Limits(values=102))
        with pytest.raises(osu.PlistError):
            osu.from_dict(document, osu.Response, limits=osu.Limits(values=101))
        with pytest.raises(osu.PlistError) as caught:
            osu.from_dict({"Status": 2**64}, osu.Response, limits=osu.Limits(values=1))
        assert [finding.rule for finding in caught.value.findings] == ["OSU106"]
        wrong = {"ErrorChain": [{"ErrorCode": 2**64, "Least": -(2**63)}]}
        with pytest.raises(osu.PlistError) as caught:
            osu.from_dict(wrong, osu.Response, limits=osu.Limits(depth=3))
        assert [finding.rule for finding in caught.value.findings] == ["OSU106"]
        osu.from_dict(document, osu.Response, limits=osu.Limits(depth=3))
        with pytest.raises(osu.PlistError):
            osu.from_dict(document, osu.Response, limits=osu.Limits(depth=2))

    @pytest.mark.parametrize(
        "limits", [osu.Limits(size=200), osu.Limits(depth=3), osu.Limits(values=6)]
    )
    def test_writing(self, limits: osu.Limits) -> None:
        with pytest.raises(osu.EncodeError) as caught:
            osu.dumps(answer(Novel=[[[1, 2, 3]]]), limits=limits)
        assert [finding.rule for finding in caught.value.findings] == ["OSU104"]

    def test_writing_at_the_limit(self) -> None:
        given = answer(Novel=[[[1, 2, 3]]])
        assert osu.dumps(given, limits=osu.Limits(size=len(self.data))) == self.data
        with pytest.raises(osu.EncodeError):
            osu.dumps(given, limits=osu.Limits(size=len(self.data) - 1))

    @pytest.mark.parametrize("text", ["plain", "[a bracket"])
    @pytest.mark.parametrize("number", range(3, 9))
    def test_each_depth_and_number(self, number: int, text: str) -> None:
        """A bracket makes the reader count before it reads."""
        value: Any = text
        for _ in range(number - 1):
            value = [value]
        deep, wide = answer(Novel=value), answer(**{f"N{n}": text for n in range(number - 1)})
        for given, limits in (
            (deep, osu.Limits(depth=number)),
            (wide, osu.Limits(values=number)),
        ):
            assert osu.loads(osu.dumps(given), osu.Response, limits=limits) == given
        for given, limits in (
            (deep, osu.Limits(depth=number - 1)),
            (wide, osu.Limits(values=number - 1)),
        ):
            with pytest.raises(osu.PlistError, match="OSU104"):
                osu.loads(osu.dumps(given), osu.Response, limits=limits)

    def test_recursive_value(self) -> None:
        endless: list[Any] = []
        endless.append(endless)
        with pytest.raises(osu.EncodeError, match="32 levels"):
            osu.dumps(answer(Novel=endless))


class TestWriting:
    """Values that would not survive a round trip are rejected, with their path."""

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            (float("nan"), "is not equal to itself"),
            (dt.datetime(2026, 1, 1, microsecond=1), "a fraction of a second"),
            (2**64, "does not fit into 64 bits"),
            (-(2**63) - 1, "does not fit into 64 bits"),
            ("\ud800", "the character '\\ud800'"),
            (None, "has a type that property lists"),
            ((1, 2), "has a type that property lists"),
            (bytearray(b"x"), "has a type that property lists"),
            ({1: 2}, "the key 1 is not a string"),
            ({"\ud800": 2}, "the key '\\ud800' has the character"),
            (osu.InstallAction.DEFAULT, "has a type that property lists"),
        ],
    )
    @pytest.mark.parametrize("fmt", ["xml", "binary"])
    def test_in_both_formats(self, value: object, reason: str, fmt: osu.Format) -> None:
        with pytest.raises(osu.EncodeError) as caught:
            osu.dumps(answer(Novel=[{"a b": value}]), fmt=fmt)
        (finding,) = caught.value.findings
        assert finding.rule == "OSU106"
        assert finding.path.startswith("Novel[0]['a b']")
        assert reason in finding.message

    @pytest.mark.parametrize("text", ["\r", "a\r\nb", "\0", "\x1b", "\ufffe", "\uffff"])
    def test_text_that_xml_cannot_represent(self, text: str) -> None:
        message = osu.Response(status="Idle", user_long_name=text)
        with pytest.raises(osu.EncodeError) as caught:
            osu.dumps(message)
        assert [finding.path for finding in caught.value.findings] == ["UserLongName"]
        assert osu.loads(osu.dumps(message, fmt="binary"), osu.Response) == message

    def test_all_problems_are_reported(self) -> None:
        message = answer(One=None, Two=[float("nan"), 2**64])
        with pytest.raises(osu.EncodeError) as caught:
            osu.dumps(message)
        assert [f.path for f in caught.value.findings] == ["One", "Two[0]", "Two[1]"]

    @pytest.mark.parametrize("fmt", ["xml", "binary"])
    def test_lossless_values(self, fmt: osu.Format) -> None:
        message = answer(
            Numbers=[2**64 - 1, -(2**63), 1.5, float("inf"), True],
            Texts=["", "\n\t", "\x85\u2028", "😀", "]]>&<"],
            Data=b"\0\xff",
            Empty=[{}, []],
        )
        assert osu.loads(osu.dumps(message, fmt=fmt), osu.Response) == message

    @pytest.mark.parametrize("fmt", ["xml", "binary"])
    def test_aware_dates_in_utc(self, fmt: osu.Format) -> None:
        date = dt.datetime(2026, 1, 31, 12, tzinfo=UTC)
        item = osu.OSUpdateStatusItem(next_scheduled_install=date, unknown={"Novel": [{"a": date}]})
        read = osu.loads(osu.dumps(item, fmt=fmt), osu.OSUpdateStatusItem)
        assert read.next_scheduled_install == date
        assert read.unknown == {"Novel": [{"a": date.replace(tzinfo=None)}]}

    @pytest.mark.parametrize("fmt", ["xml", "binary"])
    def test_dates_are_converted_to_utc(self, fmt: osu.Format) -> None:
        date = dt.datetime(2026, 1, 1, 20, tzinfo=dt.timezone(dt.timedelta(hours=-8)))
        item = osu.OSUpdateStatusItem(past_notifications=[date], unknown={"Novel": [[date]]})
        assert osu.loads(osu.dumps(item, fmt=fmt), osu.OSUpdateStatusItem) == item
        utc = dt.datetime(2026, 1, 2, 4)
        assert osu.to_dict(item) == {"PastNotifications": [utc], "Novel": [[utc]]}

    def test_aware_dates_below_the_conversion_depth(self) -> None:
        value: Any = dt.datetime(2026, 1, 1, tzinfo=UTC)
        for _ in range(70):
            value = [value]
        with pytest.raises(osu.EncodeError, match="has a time zone"):
            osu.dumps(answer(Novel=value), limits=osu.Limits(depth=100))


class TestReadingOnly:
    """Values that can be read but not written are kept, with a warning from ``validate``."""

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"<plist><dict><key>Status</key><string>a&#13;b</string></dict></plist>", "keep"),
            (b"<plist><dict><key>Status</key><real>nan</real></dict></plist>", "not equal to"),
            (
                plistlib.dumps(
                    {"Status": dt.datetime(2026, 1, 1)}, fmt=plistlib.FMT_BINARY
                ).replace(struct.pack(">d", 788_918_400), struct.pack(">d", 788_918_400.5)),
                "a fraction of a second",
            ),
        ],
    )
    def test_warning(self, data: bytes, reason: str) -> None:
        document = data.replace(b"Status", b"Novel1")
        item = osu.loads(document, osu.UpdateResultsItem)
        with pytest.raises(osu.EncodeError, match=reason):
            osu.dumps(item, fmt="binary" if data.startswith(b"bplist") else "xml")
        (finding,) = (f for f in osu.validate(data) if f.path == "Status" and f.rule == "OSU126")
        assert (finding.rule, finding.severity, finding.path) == ("OSU126", "warning", "Status")
        assert reason in finding.message

    def test_no_warning_if_binary_can_represent_it(self) -> None:
        data = osu.dumps(osu.Response(status="Idle", udid="a\rb"), fmt="binary")
        assert osu.validate(data) == osu.Report()


class TestPositions:
    TEXT = """<?xml version="1.0"?>
<plist>
<dict>
  <!-- a comment -->
  <key>Status</key> <string><![CDATA[Idle]]></string>
  <key>a.b</key>
  <array>
    <dict><key>Deep</key><true/></dict>
    <integer>1</integer>
  </array>
</dict>
</plist>
"""

    def test_positions_of_all_values(self) -> None:
        assert osu.positions(self.TEXT) == {
            "": (3, 1),
            "Status": (5, 21),
            "['a.b']": (7, 3),
            "['a.b'][0]": (8, 5),
            "['a.b'][0].Deep": (8, 26),
            "['a.b'][1]": (9, 5),
        }

    def test_binary_documents_have_no_positions(self) -> None:
        assert osu.positions(plistlib.dumps({"a": 1}, fmt=plistlib.FMT_BINARY)) == {}

    @pytest.mark.parametrize(
        ("path", "place"),
        [
            ("['a.b'][0].Deep", (8, 26)),
            ("['a.b'][0].Missing", (8, 5)),
            ("['a.b'][7].Missing", (7, 3)),
            ("Missing", (3, 1)),
            ("", (3, 1)),
        ],
    )
    def test_missing_value_is_located_at_its_parent(
        self, path: str, place: tuple[int, int]
    ) -> None:
        assert source_map(self.TEXT).locate(path) == place

    def test_positions_up_to_the_syntax_error(self) -> None:
        found = source_map("<plist>\n<dict>\n<key>a</key><true/>\n<</dict>")
        assert found.positions["a"] == (3, 13)
        assert found.locate("") == found.end == (4, 2)

    def test_depth_is_limited(self) -> None:
        found = source_map("<plist>" + "<array>" * 1000)
        assert len(found.positions) < 300
        assert found.end is not None


def broken(body: str) -> list[tuple[str, str, tuple[int, int] | None]]:
    found = source_map(f"<plist>{body}</plist>")
    return [(finding.rule, finding.path, found.locate(finding)) for finding in found.findings]


class TestSourceMap:
    """Content that plistlib silently drops or changes."""

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("<dict><key>a</key><true/></dict>", []),
            ("<dict><key>a</key><true/><key>a</key><true/></dict>", [("OSU107", "a", (1, 33))]),
            ("<dict/><true/>", [("OSU108", "", (1, 15))]),
            ("<dict><key>a</key><true/><note/></dict>", [("OSU109", "", (1, 33))]),
            ("<dict><note>text</note></dict>", [("OSU109", "", (1, 14))]),
            ("<dict><plist/></dict>", [("OSU109", "", (1, 14))]),
            ("<array>\n  stray\n text<true/></array>", [("OSU109", "", (2, 3))]),
            ("<array>one<true/>two</array>", [("OSU109", "", (1, 15)), ("OSU109", "", (1, 25))]),
            ("<array>   ab</array>", [("OSU109", "", (1, 18))]),
            ("<dict><key>a</key><dict>b</dict></dict>", [("OSU109", "a", (1, 32))]),
        ],
    )
    def test_structure_findings(
        self, body: str, expected: list[tuple[str, str, tuple[int, int]]]
    ) -> None:
        assert broken(body) == expected

    @pytest.mark.parametrize(
        "scalar",
        [
            "<integer>1_0</integer>",
            "<integer>\u0663</integer>",
            "<integer/>",
            "<real>0_0.5</real>",
            "<real>1e</real>",
            "<true>false</true>",
            "<false>true</false>",
            "<date>2026-01-01T00:00:00Z and more</date>",
            "<date>2026-02-30T00:00:00Z</date>",
            "<data>***</data>",
            "<data>YQ</data>",
        ],
    )
    def test_malformed_scalars(self, scalar: str) -> None:
        assert broken(f"<array><true/>{scalar}</array>") == [("OSU109", "[1]", (1, 22))]

    @pytest.mark.parametrize(
        "scalar",
        [
            "<integer> -5\n</integer>",
            "<integer>+18446744073709551615</integer>",
            "<integer>0xFf</integer>",
            "<real>.5E-3</real>",
            "<real>-inf</real>",
            "<real>12</real>",
            "<true> </true>",
            "<date>2026-01-31T12:00:00Z</date>",
            "<date>2026-01-31Z</date>",
            "<data>\n\tYWJj\n\tYQ==\n</data>",
            "<data/>",
        ],
    )
    def test_well_formed_scalars(self, scalar: str) -> None:
        assert broken(scalar) == []
        plistlib.loads(f"<plist>{scalar}</plist>".encode())

    def test_nested_scalars(self) -> None:
        text = "<plist><array><string>a<integer>5</integer>b</string><true/></array></plist>"
        (finding,) = source_map(text).findings
        assert finding.message == "<integer> is inside <string>"
        assert source_map(text).locate(finding) == (1, 24)
        assert plistlib.loads(text.encode()) == [5, "b", True]
        assert [place for _, place in osu.positions(text).values()] == [8, 24, 15, 54]

    def test_duplicate_keys_in_binary(self) -> None:
        once = plistlib.dumps({"a": [{"x": 1, "y": 2}]}, fmt=plistlib.FMT_BINARY)
        twice = once.replace(b"\x51y", b"\x51x")
        (finding,) = source_map(twice).findings
        assert (finding.rule, finding.path) == ("OSU107", "a[0].x")
        assert (
            source_map(once) == source_map(once[:-1]) == source_map(b"bplist") == SourceMap({}, {})
        )

    def test_duplicate_keys_are_rejected_or_reported(self) -> None:
        once = plistlib.dumps({"Status": "Idle", "Statut": "x"}, fmt=plistlib.FMT_BINARY)
        twice = once.replace(b"Statut", b"Status")
        assert "OSU107" in [finding.rule for finding in osu.validate(twice)]
        with pytest.raises(osu.DecodeError, match="duplicate key 'Status'"):
            osu.loads(twice, osu.Response, strict=True)


class TestErrors:
    """Errors of plistlib in readable form, with line and column."""

    @pytest.mark.parametrize(
        ("text", "rule", "message", "position"),
        [
            (
                "<dict><key>a</key>\n<date>soon</date></dict>",
                "OSU109",
                "expected a date, got 'soon'",
                (2, 1),
            ),
            (
                "<array>\n <integer>abc</integer></array>",
                "OSU109",
                "expected an integer of 64 bits, got 'abc'",
                (2, 2),
            ),
            ("<dict><key>a</key>\n</dict>", "OSU101", "the key 'a' has no value", (2, 1)),
            ("<dict><key>a</key><key>b</key><true/></dict>", "OSU101", "'a' has no", (1, 26)),
            (
                "<dict><key>a</key><dict><key>b</key></dict></dict>",
                "OSU101",
                "the key 'b' has no value",
                (1, 44),
            ),
            ("\n<key>a</key>", "OSU101", "'a' is outside a dictionary", (2, 1)),
            ("<dict><true/></dict>", "OSU101", "<true> is in a dictionary without", (1, 14)),
            ("<html/>", "OSU101", "unknown element <html>", (1, 8)),
            ("", "OSU103", "there is no value", None),
        ],
    )
    def test_in_words(
        self, text: str, rule: str, message: str, position: tuple[int, int] | None
    ) -> None:
        data = f"<plist>{text}</plist>"
        with pytest.raises(osu.PlistError) as caught:
            osu.loads(data, osu.Response)
        assert caught.value.findings[0].rule == rule
        assert message in caught.value.findings[0].message
        assert caught.value.position == position
        assert osu.validate(data) == osu.Report(caught.value.findings)
        assert source_map(data).locate(caught.value.findings[0]) == position

    def test_error_without_findings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(plistlib, "loads", None)
        with pytest.raises(osu.PlistError, match=r"the document is damaged$"):
            osu.loads("<plist><dict/></plist>", osu.Response)

    def test_unknown_encoding(self) -> None:
        data = b'<?xml version="1.0" encoding="klingon"?><plist><dict/></plist>'
        with pytest.raises(osu.PlistError, match="unknown encoding 'klingon'"):
            osu.loads(data, osu.Response)

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
    def test_excerpt_is_decoded(self, encoding: str) -> None:
        data = "<plist>\n<string>\u6587<<</string></plist>".encode(encoding)
        with pytest.raises(osu.PlistError, match="'<string>\u6587<<</string></plist>'"):
            osu.loads(data, osu.Response)

    def test_excerpt_surrounds_the_position(self) -> None:
        data = "<plist>" + "<array/>" * 100 + "<string><<UUID()>></string></plist>"
        with pytest.raises(osu.PlistError, match="<<UUID"):
            osu.loads(data, osu.Response)

    def test_null(self) -> None:
        data = (
            b"bplist00\x00\x08" + bytes(6) + b"\x01\x01" + bytes(7) + b"\x01" + bytes(15) + b"\x09"
        )
        with pytest.raises(osu.PlistError, match="null has a type that property lists"):
            osu.loads(data, osu.Response)


APPLE = '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://example.com/x.dtd">\n'


class TestEntities:
    """plistlib would silently drop undeclared entities."""

    BODY = "<plist><dict><key>Status</key><string>A{}B</string></dict></plist>"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    def test_undeclared_entities(self, encoding: str) -> None:
        data = (APPLE + self.BODY.format("&nbsp;")).encode(encoding)
        with pytest.raises(osu.PlistError) as caught:
            osu.loads(data, osu.Response)
        (finding,) = caught.value.findings
        assert (finding.rule, caught.value.position) == ("OSU105", (2, 40))
        assert "&nbsp; is not declared" in finding.message
        assert source_map(data).locate("") == (2, 40)
        assert osu.validate(data) == osu.Report((finding,))

    @pytest.mark.parametrize(
        ("written", "read"),
        [("&amp;&#160;", "A&\xa0B"), ("<![CDATA[&nbsp;]]>", "A&nbsp;B"), ("<!-- &x; -->", "AB")],
    )
    def test_declared_entities(self, written: str, read: str) -> None:
        data = (APPLE + self.BODY.format(written)).encode("utf-16")
        assert osu.loads(data, osu.Response).status == read
        assert osu.loads(APPLE + self.BODY.format(written), osu.Response).status == read


class TestText:
    """The encoding declaration of a document given as ``str`` is ignored."""

    @pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "klingon"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_encoding_declaration_is_ignored(self, encoding: str, mark: str) -> None:
        text = (
            f"{mark}<?xml version='1.0' encoding='{encoding}' standalone='yes'?>"
            "<plist><dict><key>Status</key><string>é中</string></dict></plist>"
        )
        assert osu.loads(text, osu.Response, strict=True).status == "é中"
        assert osu.positions(text)[""][1] == text.index("<dict>") + 1 - len(mark)

    @pytest.mark.parametrize("data", [3, None, ["<plist>"], {}])
    def test_invalid_argument_types(self, data: Any) -> None:
        for function in (osu.validate, osu.positions, osu.loads_command):
            with pytest.raises(TypeError, match="a document must be bytes or text, not"):
                function(data)

    def test_memoryview(self) -> None:
        data = osu.dumps(answer())
        assert osu.loads(memoryview(data), osu.Response) == answer()  # type: ignore[arg-type]
        assert osu.validate(memoryview(data)) == osu.validate(data)  # type: ignore[arg-type]


class TestCost:
    """Expensive documents are rejected early."""

    def test_attribute_declarations(self) -> None:
        names = "".join(f'a{n} CDATA "x" ' for n in range(20_000))
        data = f"<!-- [ --><!DOCTYPE plist [<!ATTLIST true {names}>]><plist>" + "<true/>" * 20_000
        for document in (data, data.encode("utf-16")):
            with pytest.raises(osu.PlistError, match=r"OSU105 .* declarations of its own"):
                osu.loads(document, osu.Response)
            assert source_map(document).end is not None

    @pytest.mark.parametrize(
        ("body", "message", "place"),
        [
            ("<array>" * 20_000, "more than 32 levels of nesting", (1, 8 + 33 * 7)),
            ("<a>" * 30_000, "more than 32 levels of nesting", (1, 8 + 33 * 3)),
            (f"<array>{'<true/>' * 120_000}", "more values than the limit", (1, 15 + 100_000 * 7)),
        ],
    )
    def test_large_documents(self, body: str, message: str, place: tuple[int, int]) -> None:
        with pytest.raises(osu.PlistError, match=f"OSU104 .* {message}") as caught:
            osu.loads(f"<plist>{body}", osu.Response)
        assert caught.value.position == place

    @pytest.mark.parametrize(
        "tag", ["<!--%s-->", "<!--%s", "<?x %s?>", "<a %s='1'/>", "<%s/>", "<a b='%s'/>"]
    )
    def test_giant_tags(self, tag: str) -> None:
        start = "<plist><dict><key>Status</key>\n<string>Idle</string>"
        with pytest.raises(osu.PlistError, match=r"OSU104 .* longer than the limit") as caught:
            osu.loads(start + tag % ("x" * 200_000), osu.Response)
        assert caught.value.position == (2, 22)
        whole = f"{start}{tag % ('x' * 60_000)}{' ' * 200_000}</dict></plist>"
        if tag != "<!--%s":
            assert osu.loads(whole, osu.Response).status == "Idle"

    @pytest.mark.parametrize(
        ("tag", "filling"),
        [
            *[
                (tag, "x")
                for tag in ("<!--%s-->", "<?x %s?>", "<a %s='1'/>", "<%s/>", "<a b='%s'/>")
            ],
            *[(tag, f"<{'x' * 20_000}") for tag in ("<!--%s-->", "<?x %s?>")],
            ("<!--%s-->", "< " * 10_000),
        ],
    )
    def test_giant_tags_after_the_usual_start(self, tag: str, filling: str) -> None:
        start, rest = osu.dumps(answer()).decode().split("<dict>")
        giant = tag % (filling * (300_000 // len(filling)))
        with pytest.raises(osu.PlistError, match=r"OSU104 .* longer than the limit") as caught:
            osu.loads(f"{start}<dict>{giant}{rest}", osu.Response)
        assert caught.value.position == (4, 7)

    def test_giant_document_types(self) -> None:
        data = osu.dumps(answer()).decode().replace("http:", "<plist" * 40_000 + "http:")
        with pytest.raises(osu.PlistError, match=r"OSU104 .* longer than the limit") as caught:
            osu.loads(data, osu.Response)
        assert caught.value.position == (2, 54)

    def test_many_elements_after_the_usual_start(self) -> None:
        start, _ = osu.dumps(answer()).decode().split("<dict>")
        with pytest.raises(osu.PlistError, match=r"OSU104 .* more values than") as caught:
            osu.loads(f"{start}<array>{'<true/>' * 120_000}", osu.Response)
        assert caught.value.position == (4, 8 + 100_000 * 7)

    def test_deep_documents(self) -> None:
        start, rest = osu.dumps(answer()).decode().split("</dict>")
        deep = f"<key>Novel</key>{'<array>' * 20_000}{'</array>' * 20_000}</dict>"
        with pytest.raises(osu.PlistError, match=r"OSU104 .* more than 32 levels") as caught:
            osu.loads(start + deep + rest, osu.Response)
        (finding,) = caught.value.findings
        assert (finding.line, finding.column) == (7, 17 + 32 * 7)

    @pytest.mark.parametrize("text", ["x" * 500_000, "]" * 500_000, "é]" * 200_000, "\n" * 300_000])
    def test_giant_texts_are_read(self, text: str) -> None:
        data = f"<plist><dict><key>Status</key><string>{text}</string></dict></plist>"
        assert osu.loads(data, osu.Response).status == text

    @pytest.mark.parametrize(
        "text",
        ["PD94" + " " * 900_000 + "!", "{a=" * 30_000, "{a=" + " " * 90_000, "{" * 90_000],
    )
    def test_patterns_do_not_backtrack(self, text: str) -> None:
        assert [f.rule for f in osu.validate(text)] == ["OSU601" if text[0] == "{" else "OSU101"]

    def test_spaces_in_json(self) -> None:
        data = '{"StatusItems": {}, "Errors": []' + " " * 900_000 + "}" + " " * 100_000
        assert osu.positions(data)["Errors"] == (1, 31)

    def test_overlapping_integers(self) -> None:
        body = b"bplist00" + b"\x1f" * 15_000
        table = b"".join(offset.to_bytes(2, "big") for offset in range(8, 15_008))
        end = struct.pack(">6xBBQQQ", 2, 2, 15_000, 0, len(body))
        with pytest.raises(osu.PlistError, match="its objects overlap"):
            osu.loads(body + table + end, osu.Response)

    @pytest.mark.parametrize(
        ("item", "size", "refs"),
        [
            (b"\x11", 3, 1),
            (b"\x13", 9, 1),
            (b"\x14", 17, 1),
            (b"\x83", 5, 1),
            (b"\x86", 8, 1),
            (b"\x44data", 5, 1),
            (b"\x5aexactly 10", 11, 1),
            (b"\x55short", 6, 1),
            (b"\x65", 11, 1),
            (b"\xa5", 6, 1),
            (b"\xa5", 11, 2),
            (b"\xd5", 11, 1),
            (b"\xd5", 21, 2),
            (b"\x4f\x10\x14", 21, 1),
            (b"\x4f\x11\x01\x02", 259, 1),
            (b"\x4f\x12\0\0\x01\x02", 259, 1),
            (b"\x4f\x13\0\0\0\0\0\0\x01\x02", 259, 1),
        ],
    )
    def test_overlapping_objects(self, item: bytes, size: int, refs: int) -> None:
        """3,000 objects at one place, which claim as many bytes as there are, or one more."""
        for length, overlap in (3_000 * size, False), (3_000 * size - 1, True):
            body = (b"bplist00" + item).ljust(length - 6_032, b"\0")
            end = struct.pack(">6xBBQQQ", 2, refs, 3_000, 0, len(body))
            data = body + b"\0\x08" * 3_000 + end
            assert len(data) == length
            with pytest.raises(osu.DecodeError) as caught:
                osu.loads(data, osu.Response)
            assert ("its objects overlap" in str(caught.value)) == overlap

    def test_object_that_begins_at_the_end(self) -> None:
        body = b"bplist00".ljust(0x14F, b"\0")  # the last byte of the document is 0x4F
        end = struct.pack(">6xBBQQQ", 2, 1, 3_000, 0, len(body))
        last = len(body) + 6_031
        with pytest.raises(osu.PlistError, match="damaged"):
            osu.loads(body + last.to_bytes(2, "big") * 3_000 + end, osu.Response)

    @pytest.mark.parametrize("fmt", ["xml", "binary"])
    def test_many_objects_of_each_kind(self, fmt: osu.Format) -> None:
        texts = [f"{number:05d}" for number in range(1_500)]
        novel = {
            "data": [text.encode() * 4 for text in texts],
            "text": [text * 9 for text in texts],
            "wide": ["é" + text for text in texts],
            "arrays": [[text] for text in texts],
            "dictionaries": [{text: text} for text in texts],
        }
        given = answer(Novel=novel)
        assert osu.loads(osu.dumps(given, fmt=fmt), osu.Response) == given

    @pytest.mark.parametrize(
        "data",
        [
            b"<plist><array>%s</array></plist>" % (b"<integer>%d</integer>" % 10**20 * 150),
            plistlib.dumps([plistlib.UID(n) for n in range(150)], fmt=plistlib.FMT_BINARY),
        ],
    )
    def test_many_unfit_values_are_counted(self, data: bytes) -> None:
        with pytest.raises(osu.PlistError) as caught:
            osu.loads(data, osu.Response)
        assert (len(caught.value.findings), caught.value.left_out) == (100, 50)

    @pytest.mark.parametrize(
        "novel",
        [
            lambda n: [True] * n,
            lambda n: [*range(n)],
            lambda n: {f"{i}": True for i in range(n)},
            lambda n: {f"{i}": i for i in range(n)},
        ],
    )
    def test_as_many_values_as_the_limit(self, novel: Callable[[int], object]) -> None:
        limits = osu.Limits(size=1 << 21)
        for number, fits in (limits.values - 2, True), (limits.values - 1, False):
            document: dict[str, object] = {"Status": "Idle", "Novel": novel(number)}
            data = plistlib.dumps(document, fmt=plistlib.FMT_BINARY)
            if fits:
                response = osu.loads(data, osu.Response, limits=limits)
                assert response.unknown["Novel"] == document["Novel"]
            else:
                with pytest.raises(osu.PlistError, match=r"OSU104 .* more values than the limit"):
                    osu.loads(data, osu.Response, limits=limits)

    def test_many_integers_and_uids(self) -> None:
        document = {"Status": "Idle", "Novel": [n << 40 for n in range(9_000)]}
        data = plistlib.dumps(document, fmt=plistlib.FMT_BINARY)
        assert osu.loads(data, osu.Response).unknown["Novel"] == document["Novel"]
        uids = plistlib.dumps([plistlib.UID(n) for n in range(9_000)], fmt=plistlib.FMT_BINARY)
        with pytest.raises(osu.PlistError, match=r"UID\(0\) has a type that property lists"):
            osu.loads(uids, osu.Response)

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (("<dict><key>" + "\U000e0001" * 200 + "</key>") * 1_000, "32 levels"),
            ("<array>" + "<true/>" * 60_000, "more values than the limit of 50000"),
        ],
    )
    def test_source_map_limits(self, body: str, message: str) -> None:
        found = source_map(f"<plist>{body}")
        (finding,) = found.findings
        assert finding.rule == "OSU104"
        assert message in finding.message
        assert found.locate(finding) == found.end is not None

    def test_long_paths(self) -> None:
        nest = ("<dict><key>" + "\U000e0001" * 60 + "</key>") * 31
        values = "<real>nan</real>" * 10_000 + f"<integer>{2**64}</integer>"
        data = f"<plist>{nest}<array>{values}</array>{'</dict>' * 31}</plist>"
        with pytest.raises(osu.PlistError) as caught:
            osu.loads(data, osu.Response)
        (finding,) = caught.value.findings
        assert "does not fit into 64 bits" in finding.message
        assert len(finding.path) < 700

    @pytest.mark.parametrize(
        "text", ["1" * 500_000 + "e", "1." + "1" * 500_000 + "e", " " * 900_000]
    )
    def test_number_patterns_do_not_backtrack(self, text: str) -> None:
        with pytest.raises(osu.PlistError, match="expected a number"):
            osu.loads(f"<plist><real>{text}</real></plist>", osu.Response)

    def test_long_element_names(self) -> None:
        name = "A" * 100_000
        found = source_map(f"<plist><{name}><true/><false/></{name}></plist>").findings
        assert max(len(finding.message) for finding in found) < 120

    def test_oversized_documents(self) -> None:
        data = osu.dumps(answer())
        assert source_map(data, osu.Limits(size=len(data) - 1)) == SourceMap({}, {})
        assert osu.positions(data, limits=osu.Limits(values=0)) == {"": (4, 1)}
        binary = osu.dumps(answer(), fmt="binary")
        assert source_map(binary, osu.Limits(values=0)) == SourceMap({}, {})

    def test_nesting_beyond_the_recursion_limit(self) -> None:
        body = b"bplist00" + b"".join(b"\xa1" + n.to_bytes(2, "big") for n in range(1, 5_001))
        table = b"".join((8 + 3 * n).to_bytes(2, "big") for n in range(5_001))
        end = struct.pack(">6xBBQQQ", 2, 2, 5_001, 0, len(body) + 1)
        with pytest.raises(osu.PlistError, match=r"OSU104 .* more levels of nesting"):
            osu.loads(body + b"\x09" + table + end, osu.Response)


def test_str_and_bytes_agree() -> None:
    assert osu.positions("<plist><true/></plist>") == osu.positions(b"<plist><true/></plist>")
    assert osu.positions(bytearray(b"<plist><true/></plist>"))  # type: ignore[arg-type]


class TestEncodings:
    @pytest.mark.parametrize(
        "name", ["unicode_escape", "utf-7", "klingon", "", "latin-1", "UTF-32"]
    )
    def test_other_encodings_are_rejected(self, name: str) -> None:
        data = f"<?xml version='1.0' encoding='{name}'?><plist><dict/></plist>"
        for encoded in (data.encode(), data.encode("utf-16")):
            with pytest.raises(osu.PlistError, match="unknown encoding") as caught:
                osu.loads(encoded, osu.Response)
            assert caught.value.position == (1, 1)

    @pytest.mark.parametrize(
        ("name", "encoding"),
        [
            ("UTF-8", "utf-8"),
            ("utf-16", "utf-16"),
            ("ISO-8859-1", "latin-1"),
            ("US-ASCII", "ascii"),
        ],
    )
    def test_supported_encodings(self, name: str, encoding: str) -> None:
        text = "i" if encoding == "ascii" else "\xef"
        body = f"<plist><dict><key>Status</key><string>{text}</string></dict></plist>"
        data = f'<?xml version="1.0" encoding="{name}" ?>{body}'.encode(encoding)
        assert osu.loads(data, osu.Response).status == text


class TestJsonPositions:
    TEXT = """{"StatusItems": {"a.b": [1, {"c": null}],
  "d" : "\\"x{", "e\\u0041": true},
 "Errors": [], "Errors": [{}]}
"""

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_positions_of_all_values(self, encoding: str) -> None:
        found = source_map(self.TEXT.encode(encoding))
        assert found.positions == {
            "": (1, 1),
            "StatusItems": (1, 17),
            "StatusItems['a.b']": (1, 25),
            "StatusItems['a.b'][0]": (1, 26),
            "StatusItems['a.b'][1]": (1, 29),
            "StatusItems['a.b'][1].c": (1, 35),
            "StatusItems.d": (2, 9),
            "StatusItems.eA": (2, 28),
            "Errors": (3, 26),
            "Errors[0]": (3, 27),
        }
        (finding,) = found.findings
        assert (finding.message, found.locate(finding)) == ("duplicate key 'Errors'", (3, 16))

    def test_limit(self) -> None:
        data = "{" + ",".join(f'"{n}": 1' for n in range(100)) + "}"
        assert len(source_map(data, osu.Limits(values=10)).positions) == 11


def test_error_length() -> None:
    keys = "".join(f"<key>{'k' * 50}{n}</key><true/>" for n in range(5_000))
    data = f"<plist><dict><key>Status</key><string>Idle</string>{keys}</dict></plist>"
    with pytest.raises(osu.DecodeError) as caught:
        osu.loads(data, osu.Response, strict=True)
    assert (len(caught.value.findings), caught.value.left_out) == (100, 4_900)
    assert str(caught.value).endswith("and 4980 more")
    assert len(str(caught.value)) < 10_000
    assert osu.validate(data).left_out == 4_900


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [
        "<plist><dict><key>Status</key><integer>5</integer></dict></plist>",
        "<plist><dict><key>Status</key><integer>x</integer></dict></plist>",
        "<plist><dict><key>Status</key><integer>5</integer></plist>",
        "<plist>\n<dict>\n<key>Status</key><integer>5</integer></dict></plist>",
    ],
)
def test_a_byte_order_mark_takes_no_column(encoding: str, text: str) -> None:
    def places(data: bytes) -> list[tuple[str, int | None, int | None]]:
        return [(f.rule, f.line, f.column) for f in osu.validate(data)]

    assert places(text.encode(encoding)) == places(text.encode())
    assert osu.positions(text.encode(encoding)) == osu.positions(text.encode())


@pytest.mark.parametrize("encoding", ["UTF-4", "rot13", "undefined", "unicode_escape", "utf-7"])
def test_no_positions_in_an_encoding_of_python(encoding: str) -> None:
    for space, quote in (" ", '"'), (" " * 2_000, '"'), (" ", "'"):
        declared = f"encoding={quote}{encoding}{quote}"
        data = f'<?xml version="1.0"{space}{declared}?><plist><dict/></plist>'.encode()
        assert osu.validate(data)[0].message == f"unknown encoding '{encoding}'"
        assert osu.positions(data) == {}


@pytest.mark.parametrize("data", ['{"a": 1, ', '{"a": 1}}', "[1", "", b"\xff"])
def test_no_positions_in_malformed_json(data: str | bytes) -> None:
    assert osu.positions(data) == {}


def test_positions_at_the_limits() -> None:
    data = b'{"a": {"b": 1}}'
    places = {"": (1, 1), "a": (1, 7), "a.b": (1, 13)}
    assert osu.positions(data, limits=osu.Limits(size=15, depth=2)) == places
    assert osu.positions(data, limits=osu.Limits(size=14)) == {}
    assert osu.positions(data, limits=osu.Limits(depth=1)) == {"": (1, 1), "a": (1, 7)}


def test_positions_in_json_of_several_lines() -> None:
    text = '{\n"a": [\n1,\n\n 2]}'
    assert osu.positions(text) == {"": (1, 1), "a": (2, 6), "a[0]": (3, 1), "a[1]": (5, 2)}


def test_missing_values_are_where_they_would_be() -> None:
    found = source_map('{"ab": 1, "a": {"b": {}}}')
    assert found.locate("abc") == found.locate("") == (1, 1)
    assert found.locate("a.x") == (1, 16)
    assert found.locate("a.b[0].c") == found.locate("a.b") == (1, 22)


def test_where_xml_is_malformed() -> None:
    assert source_map("<plist>\n  <dict></plist>").end == (2, 11)
    assert source_map("<plist><dict>").end == (1, 14)
    values = "<true/>" * 4
    found = source_map(f"<plist><array>{values}</array></plist>", osu.Limits(values=2))
    assert list(found.positions) == ["", "[0]", "[1]"]


@pytest.mark.parametrize("start", ["12", "hello", "$PLIST"])
def test_other_text_is_not_taken_for_xml(start: str) -> None:
    (finding,) = osu.validate(f"{start} and more")
    assert finding.message == (
        f"expected a property list, got a document that starts '{start} and more'"
    )
    assert (finding.line, finding.column) == (1, 1)


def test_reason_why_xml_is_malformed() -> None:
    (finding,) = osu.validate("<plist>\n  <dict></plist>")
    assert finding.message == "the XML is malformed: mismatched tag in '<dict></plist>'"


def test_position_of_several_faults_is_the_first() -> None:
    with pytest.raises(osu.PlistError) as caught:
        osu.loads(
            "<plist><dict>\n<key>a</key><true>x</true>\n<key>b</key><integer>x</integer></dict></plist>",
            osu.Response,
        )
    assert [finding.line for finding in caught.value.findings] == [2, 3]
    assert caught.value.position == (2, 13)


def test_white_space_before_the_declaration_is_at_the_start() -> None:
    [finding] = osu.validate(b'\n  <?xml version="1.0"?><plist><dict/></plist>').findings
    assert (finding.rule, finding.line, finding.column) == ("OSU102", 1, 1)
