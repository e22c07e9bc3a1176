"""The report of the page about a document; docs/page/test_page.py tests it in a browser."""

import importlib.util
import json
import plistlib
from pathlib import Path
from typing import Any

import pytest

import mdm_osupdate as osu

DOCS = Path(__file__).parent.parent / "docs"
_spec = importlib.util.spec_from_file_location("browser", DOCS / "page" / "src" / "browser.py")
assert _spec is not None
assert _spec.loader is not None
browser = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(browser)

FEED = (DOCS / "how-to" / "gdmf.json").read_text()


def verdict(text: str, device: Any = None, feeds: tuple[str, ...] = (), *, target: str = "") -> Any:
    request = {
        "text": text,
        "device": device,
        "feeds": feeds,
        "target": target,
        "deadline": "2026-12-01T19:00:00",
        "now": "2026-11-25T12:00:00",
    }
    return json.loads(browser.verdict(json.dumps(request)))


def example(name: str) -> str:
    return (DOCS / "examples" / name).read_text()


def test_a_command_for_a_device_that_no_longer_has_it() -> None:
    shown = verdict(
        example("commands/install-mac-tonight.plist"), {"platform": "macOS", "os_version": "27.0"}
    )
    assert [finding["rule"] for finding in shown["findings"]] == ["OSU402"]
    assert dict(shown["support"])["ScheduleOSUpdate"] == "no: removed in 27.0"
    assert dict(shown["support"])["SoftwareUpdateSettings"] == "if it is supervised"
    assert "2026-12-01T19:00:00" in shown["documents"][0]["declaration"]["text"]
    assert shown["documents"][0]["message"]["Command"]["RequestType"] == "ScheduleOSUpdate"


@pytest.mark.parametrize(
    ("device", "support"),
    [
        ({"platform": "macOS", "os_version": "13.0"}, "no: introduced in 14.0"),
        ({"platform": "watchOS", "os_version": "11.0"}, "no: not on watchOS"),
        ({"platform": "macOS", "os_version": "26.1", "supervised": False}, "no: not supervised"),
        ({"platform": "macOS", "os_version": "26.1", "supervised": True}, "yes"),
    ],
)
def test_what_a_device_supports(device: Any, support: str) -> None:
    shown = verdict(example("commands/scan-mac.plist"), device)
    assert dict(shown["support"])["SoftwareUpdateEnforcementSpecific"] == support


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (
            "commands/bad-deferrals-as-text.plist",
            "<string>5</string>",
            "<integer>5</integer>",
        ),
        ("commands/bad-inside-only.plist", "INSTALL_ASAP", "InstallASAP"),
        ("responses/bad-progress.plist", "<real>50</real>", "<real>0.5</real>"),
    ],
)
def test_hints_are_followed_in_the_corrected_document(name: str, before: str, after: str) -> None:
    corrected = verdict(example(name))["corrected"]
    assert before in example(name)
    assert before not in corrected
    assert after in corrected


@pytest.mark.parametrize("name", ["commands/scan-mac.plist", "declarations/bad-with-zone.json"])
def test_without_a_literal_hint_nothing_is_corrected(name: str) -> None:
    assert verdict(example(name))["corrected"] is None


def test_a_response_says_why_it_failed() -> None:
    shown = verdict(example("responses/no-space.plist"))
    assert shown["kind"] == "ScheduleOSUpdate response (failed)"
    ((code, meaning),) = shown["documents"][0]["errors"]
    assert code == "MCMDMErrorDomain 12054"
    assert meaning.startswith("not enough space for the download. Not enough space")


def test_an_inventory() -> None:
    shown = verdict("name,platform,version\none,macOS,14.5\ntwo,Windows,11\n")
    assert shown["kind"] == "Inventory"
    assert [row["device"] for row in shown["rows"]] == ["macOS 14.5", None]
    assert "Windows" in shown["rows"][1]["problem"]


@pytest.mark.parametrize("separator", ["\n", "\n\n"])
def test_documents_that_follow_each_other(separator: str) -> None:
    reports = example("reports/fleet.ndjson").splitlines()
    shown = verdict(separator.join(reports))
    assert shown["kind"] == "4 documents"
    assert [finding["rule"] for finding in shown["findings"]] == ["OSU540"]
    lines = [document["line"] for document in shown["documents"]]
    assert lines == [1 + number * len(separator) for number in range(4)]
    assert shown["findings"][0]["line"] in lines
    assert all(document["title"].startswith("Status report (") for document in shown["documents"])
    assert shown["documents"][0]["message"].keys() == json.loads(reports[0]).keys()


def test_a_malformed_document_between_others() -> None:
    report = example("reports/fleet.ndjson").splitlines()[0]
    shown = verdict(f'{report}\n{{"StatusItems": \n{report}\n')
    assert [(found["rule"], found["line"]) for found in shown["findings"]] == [("OSU601", 2)]
    assert [document["title"] for document in shown["documents"]][1] == "Document"


def test_each_declaration_of_an_array_is_corrected() -> None:
    declaration = json.loads(example("declarations/by-december.json"))
    declaration["Payload"]["TargetOSVersion"] = 26.1
    shown = verdict(json.dumps([declaration] * 2, indent=1))
    paths = [found["path"] for found in shown["findings"] if found["rule"] == "OSU121"]
    assert paths == [f"[{number}].Payload.TargetOSVersion" for number in range(2)]
    assert '"TargetOSVersion": "26.1"' in shown["corrected"]
    assert '"TargetOSVersion": 26.1' not in shown["corrected"]


def test_only_the_first_documents_and_findings_are_shown() -> None:
    document = '{"StatusItems": {}, "Errors": 1, "x": 1}'
    shown = verdict(f"{document}\n" * 600)
    assert (len(shown["documents"]), shown["more_documents"]) == (100, 500)
    assert len(shown["findings"]) == 1_000
    assert shown["left_out"] == 600 * len(osu.validate(document)) - 1_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_are_read_in_any_encoding(encoding: str) -> None:
    text = example("responses/no-space.plist").replace("UTF-8", "UTF-16")
    assert browser.text_of(memoryview(text.encode(encoding))) == text


def test_a_binary_property_list_is_shown_as_xml() -> None:
    binary = plistlib.dumps({"Status": "Idle"}, fmt=plistlib.FMT_BINARY)
    assert plistlib.loads(browser.text_of(binary).encode()) == {"Status": "Idle"}
    damaged = verdict(browser.text_of(binary[:-3]))
    assert [finding["rule"] for finding in damaged["findings"]] == ["OSU101"]


def test_an_inventory_that_is_json() -> None:
    rows = [{"name": "one", "platform": "macOS", "os_version": "14.5"}] * 2
    for text in (json.dumps(rows), "\n".join(map(json.dumps, rows))):
        shown = verdict(text)
        assert (shown["kind"], shown["devices"], shown["unusable"]) == ("Inventory", 2, 0)


def test_only_the_first_devices_are_shown() -> None:
    shown = verdict("name,platform,version\n" + "one,macOS,14.5\n" * 501 + "two,macOS,\n")
    assert (len(shown["rows"]), shown["devices"], shown["more_rows"]) == (500, 502, 2)
    assert shown["unusable"] == 1


def test_an_inventory_with_a_target_is_planned() -> None:
    shown = verdict(example("school.csv") + "pc,Windows,11\n", target="26.1")
    planned = {row["name"]: row.get("send") for row in shown["rows"]}
    assert planned["cart-a-01"] == "command Default 26.1"
    assert planned["cart-a-02"] == "declaration 26.1"
    assert planned["cart-b-03"] == "nothing"
    assert planned["pc"] is None
    assert "Replace the device" in shown["rows"][2]["reason"]
    assert shown["problems"] == []


def test_an_invalid_target_is_a_problem() -> None:
    assert len(verdict(example("devices.csv"), target="newest")["problems"]) == 1


def test_neither_a_message_nor_an_inventory() -> None:
    shown = verdict("hello")
    assert shown["kind"] == "Document"
    assert [finding["rule"] for finding in shown["findings"]] == ["OSU101"]


@pytest.mark.parametrize(
    ("device", "feeds"),
    [
        ({"platform": "macOS", "os_version": "latest"}, ()),
        ({"platform": "macOS", "os_version": "14.4"}, ("{}",)),
    ],
)
def test_what_is_not_understood_is_a_problem(device: Any, feeds: tuple[str, ...]) -> None:
    assert len(verdict(example("commands/scan-mac.plist"), device, feeds)["problems"]) == 1


def test_a_feed_of_releases_is_asked() -> None:
    declaration = example("declarations/by-december.json").replace("26.1", "26.0.9")
    device = {"platform": "macOS", "os_version": "26.0", "model": "Mac14,2"}
    assert "releases" in verdict(declaration, device)["undecided"]
    assert "releases" not in verdict(declaration, device, (FEED,))["undecided"]
