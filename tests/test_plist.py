"""Limits, what cannot be written, and where things stand."""

import datetime as dt
import plistlib
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate._plist import survey

UTC = dt.timezone.utc


def answer(**unknown: Any) -> osu.Response:
    return osu.Response(status="Idle", unknown=unknown)


class TestLimits:
    data = osu.dumps(answer(Novel=[[[1, 2, 3]]]))

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

    def test_they_hold_for_good_documents_too(self) -> None:
        document = {"Status": "Error", "ErrorChain": [{"ErrorCode": n} for n in range(50)]}
        osu.from_dict(document, osu.Response, limits=osu.Limits(values=102))
        with pytest.raises(osu.PlistError):
            osu.from_dict(document, osu.Response, limits=osu.Limits(values=101))

    @pytest.mark.parametrize(
        "limits", [osu.Limits(size=200), osu.Limits(depth=3), osu.Limits(values=6)]
    )
    def test_writing(self, limits: osu.Limits) -> None:
        with pytest.raises(osu.EncodeError) as caught:
            osu.dumps(answer(Novel=[[[1, 2, 3]]]), limits=limits)
        assert [finding.rule for finding in caught.value.findings] == ["OSU104"]

    def test_an_endless_value_is_refused(self) -> None:
        endless: list[Any] = []
        endless.append(endless)
        with pytest.raises(osu.EncodeError, match="32 levels"):
            osu.dumps(answer(Novel=endless))


class TestWriting:
    """What would come back as something else is refused, with its path."""

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            (float("nan"), "is not equal to itself"),
            (dt.datetime(2026, 1, 1, microsecond=1), "a fraction of a second"),
            (dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))), "an offset"),
            (2**64, "does not fit into 64 bits"),
            (-(2**63) - 1, "does not fit into 64 bits"),
            ("\ud800", "the character '\\ud800'"),
            (None, "is nothing that a property list"),
            ((1, 2), "is nothing that a property list"),
            (bytearray(b"x"), "is nothing that a property list"),
            ({1: 2}, "the key 1 is no string"),
            ({"\ud800": 2}, "the key '\\ud800' has the character"),
            (osu.InstallAction.DEFAULT, "is nothing that a property list"),
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
    def test_what_only_binary_keeps(self, text: str) -> None:
        message = osu.Response(status="Idle", user_long_name=text)
        with pytest.raises(osu.EncodeError) as caught:
            osu.dumps(message)
        assert [finding.path for finding in caught.value.findings] == ["UserLongName"]
        assert osu.loads(osu.dumps(message, fmt="binary"), osu.Response) == message

    def test_all_reasons_are_given(self) -> None:
        message = answer(One=None, Two=[float("nan"), 2**64])
        with pytest.raises(osu.EncodeError) as caught:
            osu.dumps(message)
        assert [f.path for f in caught.value.findings] == ["One", "Two[0]", "Two[1]"]

    @pytest.mark.parametrize("fmt", ["xml", "binary"])
    def test_what_is_kept(self, fmt: osu.Format) -> None:
        message = answer(
            Numbers=[2**64 - 1, -(2**63), 1.5, float("inf"), True],
            Texts=["", "\n\t", "\x85\u2028", "😀", "]]>&<"],
            Data=b"\0\xff",
            Empty=[{}, []],
        )
        assert osu.loads(osu.dumps(message, fmt=fmt), osu.Response) == message

    @pytest.mark.parametrize("fmt", ["xml", "binary"])
    def test_aware_dates_in_utc_are_fine(self, fmt: osu.Format) -> None:
        date = dt.datetime(2026, 1, 31, 12, tzinfo=UTC)
        item = osu.OSUpdateStatusItem(next_scheduled_install=date, unknown={"Novel": [{"a": date}]})
        read = osu.loads(osu.dumps(item, fmt=fmt), osu.OSUpdateStatusItem)
        assert read.next_scheduled_install == date
        assert read.unknown == {"Novel": [{"a": date.replace(tzinfo=None)}]}

    def test_a_date_with_an_offset_is_refused_in_an_attribute_too(self) -> None:
        zone = dt.timezone(dt.timedelta(hours=-8))
        item = osu.OSUpdateStatusItem(past_notifications=[dt.datetime(2026, 1, 1, tzinfo=zone)])
        with pytest.raises(osu.EncodeError) as caught:
            osu.dumps(item)
        assert [finding.path for finding in caught.value.findings] == ["PastNotifications[0]"]


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

    def test_every_value_has_its_place(self) -> None:
        assert osu.positions(self.TEXT) == {
            "": (3, 1),
            "Status": (5, 21),
            "['a.b']": (7, 3),
            "['a.b'][0]": (8, 5),
            "['a.b'][0].Deep": (8, 26),
            "['a.b'][1]": (9, 5),
        }

    def test_a_binary_document_has_none(self) -> None:
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
    def test_what_is_missing_is_near_what_it_is_missing_from(
        self, path: str, place: tuple[int, int]
    ) -> None:
        assert survey(self.TEXT).locate(path) == place

    def test_a_malformed_document_has_places_up_to_its_end(self) -> None:
        found = survey("<plist>\n<dict>\n<key>a</key><true/>\n<</dict>")
        assert found.positions["a"] == (3, 13)
        assert found.locate("") == found.end == (4, 2)

    def test_deep_documents_are_left_at_some_depth(self) -> None:
        found = survey("<plist>" + "<array>" * 1000)
        assert len(found.positions) < 300
        assert found.end is not None


class TestSurvey:
    """What plistlib drops without a word."""

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("<dict><key>a</key><true/></dict>", []),
            ("<dict><key>a</key><true/><key>a</key><true/></dict>", [("OSU107", "a")]),
            ("<dict/><true/>", [("OSU108", "")]),
            ("<dict><key>a</key><true/><note/></dict>", [("OSU109", "")]),
            ("<dict><key>a</key><array>stray<true/></array></dict>", [("OSU109", "a")]),
        ],
    )
    def test_it_is_found(self, body: str, expected: list[tuple[str, str]]) -> None:
        found = survey(f"<plist>{body}</plist>")
        assert [(finding.rule, finding.path) for finding in found.findings] == expected


def test_str_and_bytes_are_the_same() -> None:
    assert osu.positions("<plist><true/></plist>") == osu.positions(b"<plist><true/></plist>")
    assert osu.positions(bytearray(b"<plist><true/></plist>"))  # type: ignore[arg-type]
