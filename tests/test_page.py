"""The report of the page about a document; docs/page/test_page.py tests it in a browser."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

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
    assert "2026-12-01T19:00:00" in shown["declaration"]["text"]
    assert shown["message"]["Command"]["RequestType"] == "ScheduleOSUpdate"


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
    assert shown["kind"] == "ScheduleOSUpdateResponse (failed)"
    ((code, meaning),) = shown["errors"]
    assert code == "MCMDMErrorDomain 12054"
    assert meaning.startswith("not enough space for the download. Not enough space")


def test_an_inventory() -> None:
    shown = verdict("name,platform,version\none,macOS,14.5\ntwo,Windows,11\n")
    assert shown["kind"] == "Inventory"
    assert [row["device"] for row in shown["rows"]] == ["macOS 14.5", None]
    assert "Windows" in shown["rows"][1]["problem"]


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
