"""The page, in a real browser: ``pytest docs/page`` after ``docs/build.sh``."""

import functools
import http.server
import json
import plistlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
AXE = ROOT / "docs" / "page" / "node_modules" / "axe-core" / "axe.min.js"
LOADING = 180_000  # ms: the first load compiles Python

expect.set_options(timeout=60_000)  # ms; a busy machine is slow

MISTAKE = (EXAMPLES / "commands" / "bad-deferrals-as-text.plist").read_text()


class Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    handler = functools.partial(Handler, directory=str(ROOT / "build" / "site"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page(browser: Browser, origin: str) -> Iterator[Page]:
    """The page, loaded once: each test replaces the document and the device."""
    context = browser.new_context(bypass_csp=True)  # for axe; test_policy has one that obeys
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.requested = []  # type: ignore[attr-defined]
    page.on("request", lambda request: page.requested.append(request.url))  # type: ignore[attr-defined]
    page.goto(f"{origin}/check/")
    expect(page.locator("#status")).to_contain_text("Paste a document", timeout=LOADING)
    yield page
    context.close()


def paste(page: Page, text: str) -> None:
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def choose(page: Page, platform: str, version: str) -> None:
    page.get_by_label("Platform").select_option(platform)
    page.get_by_label("Version").fill(version)


def test_a_finding_at_its_line(page: Page) -> None:
    paste(page, MISTAKE)
    finding = page.locator(".finding", has_text="OSU121")
    expect(finding).to_contain_text("expected an integer, got the string '5'")
    finding.get_by_role("button", name="Line 19").click()
    expect(page.locator(".cm-activeLine")).to_contain_text("<string>5</string>")


def test_another_device_has_other_findings(page: Page) -> None:
    paste(page, MISTAKE)
    choose(page, "macOS", "27.0")
    expect(page.locator("#findings")).to_contain_text("OSU402")
    choose(page, "macOS", "14.4")
    expect(page.locator("#findings")).not_to_contain_text("OSU402")
    choose(page, "", "")


def test_without_a_device_the_page_asks_for_one(page: Page) -> None:
    paste(page, (EXAMPLES / "commands" / "install-mac-tonight.plist").read_text())
    expect(page.locator("#undecided")).to_contain_text("Choose a platform and a version")
    choose(page, "iPadOS", "18.0")
    expect(page.locator("#undecided")).to_contain_text("Updates managed by a declaration")
    page.get_by_text("More about the device").click()
    page.get_by_label("Updates managed by a declaration").select_option("yes")
    expect(page.locator("#findings")).to_contain_text("OSU403")
    expect(page.locator("#undecided")).not_to_contain_text("declaration")
    page.get_by_label("Access rights").fill("1")
    expect(page.locator("#findings")).to_contain_text("OSU313")
    page.get_by_label("Access rights").fill("all")
    expect(page.locator("#problems")).to_contain_text("access_rights must be an integer")
    page.get_by_label("Access rights").fill("")
    page.get_by_label("Updates managed by a declaration").select_option("unknown")
    choose(page, "", "")


def test_the_successor_of_a_removed_command_is_shown(page: Page) -> None:
    paste(page, (EXAMPLES / "commands" / "install-mac-tonight.plist").read_text())
    choose(page, "macOS", "27.0")
    expect(page.locator("#details pre").first).to_contain_text("TargetLocalDateTime")
    choose(page, "", "")


def test_what_hints_say_is_done_in_the_corrected_document(page: Page) -> None:
    paste(page, MISTAKE)
    page.get_by_text("Corrected document").click()
    page.locator("details", has_text="Corrected document").get_by_role("button").click()
    expect(page.locator("#status")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == MISTAKE.replace("<string>5</string>", "<integer>5</integer>")


def test_a_link_restores_the_document_and_the_device(page: Page, browser: Browser) -> None:
    paste(page, MISTAKE)
    choose(page, "macOS", "14.4")
    expect(page.locator("#findings")).to_contain_text("OSU121")
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#status")).to_have_text("Link copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    other = browser.new_page()
    other.goto(link)
    expect(other.locator(".cm-content")).to_contain_text("MaxUserDeferrals")
    expect(other.get_by_label("Version")).to_have_value("14.4")
    other.close()
    choose(page, "", "")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("<" * 2000, "OSU101"),
        ('<!DOCTYPE p [<!ENTITY a "aaaa">]><plist><string>&a;</string></plist>', "OSU1"),
        ("[" * 5000, "OSU1"),
        ("<script>alert(1)</script>", "OSU1"),
    ],
)
def test_hostile_input_is_a_finding(page: Page, text: str, rule: str) -> None:
    paste(page, text)
    expect(page.locator("#findings")).to_contain_text(rule)


def test_documents_that_follow_each_other(page: Page) -> None:
    paste(page, (EXAMPLES / "reports" / "fleet.ndjson").read_text())
    expect(page.locator("#status")).to_have_text("4 documents: 1 error")
    finding = page.locator(".finding", has_text="OSU540")
    finding.get_by_role("button", name="Line 2").click()
    page.get_by_text("Line 2: Status report").click()
    expect(page.locator("#details")).to_contain_text("Message")


def test_a_binary_property_list(page: Page) -> None:
    binary = plistlib.dumps(plistlib.loads(MISTAKE.encode()), fmt=plistlib.FMT_BINARY)
    page.get_by_label("Open a file").set_input_files(
        {"name": "command.plist", "mimeType": "application/octet-stream", "buffer": binary}
    )
    expect(page.locator(".cm-content")).to_contain_text("MaxUserDeferrals")
    expect(page.locator("#findings")).to_contain_text("OSU121")


def test_an_inventory_is_a_table(page: Page) -> None:
    paste(page, (EXAMPLES / "devices.csv").read_text())
    expect(page.locator("#status")).to_contain_text("Inventory")
    expect(page.locator("#details")).to_contain_text("macOS 14.4.1")
    page.get_by_label("Target").fill("26.1")
    expect(page.locator("#details")).to_contain_text("macOS 14.4.1: declaration")
    page.get_by_label("Target").fill("")


def test_a_megabyte_does_not_freeze_the_page(page: Page) -> None:
    item = f"<dict><key>InstallAction</key><string>{'Nonsense' * 100}</string></dict>\n"
    many = item * (2**20 // len(item))
    page.get_by_label("Open a file").set_input_files(
        {
            "name": "large.plist",
            "mimeType": "text/xml",
            "buffer": (
                "<plist><dict><key>Command</key><dict><key>RequestType</key>"
                "<string>ScheduleOSUpdate</string><key>Updates</key><array>"
                f"{many}</array></dict></dict></plist>"
            ).encode(),
        }
    )
    page.get_by_label("Version").fill("1")  # the page answers while the worker is busy
    expect(page.get_by_label("Version")).to_have_value("1")
    page.get_by_label("Version").fill("")
    expect(page.locator("#findings")).to_contain_text("OSU201", timeout=LOADING)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    paste(page, MISTAKE)
    choose(page, "macOS", "27.0")
    expect(page.locator("#findings")).to_contain_text("OSU402")
    page.evaluate(AXE.read_text())
    violations = page.evaluate("axe.run().then((found) => found.violations)")
    assert not violations, json.dumps(violations, indent=1)[:4000]


def test_no_request_leaves_the_origin(page: Page, origin: str) -> None:
    requested: list[str] = page.requested  # type: ignore[attr-defined]
    assert requested
    assert all(url.startswith((f"{origin}/", "data:", "blob:")) for url in requested)


def test_the_policy_allows_what_the_page_needs(browser: Browser, origin: str) -> None:
    page = browser.new_page()
    errors: list[object] = []
    page.on("pageerror", lambda error: errors.append(error))
    page.goto(f"{origin}/check/")
    expect(page.locator("#status")).to_contain_text("Paste a document", timeout=LOADING)
    assert not errors
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_diagrams_are_drawn(browser: Browser, origin: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    page.goto(f"{origin}/reference/flow/")
    expect(page.locator("figure svg")).to_have_count(2, timeout=LOADING)
    assert all(request.url.startswith((f"{origin}/", "data:")) for request in requests)
    page.emulate_media(color_scheme="dark")
    line = page.locator("figure svg .transition").first
    expect(line).to_have_css("stroke", "rgb(211, 211, 211)")
    page.evaluate("document.body.dataset.theme = 'light'")
    expect(line).not_to_have_css("stroke", "rgb(211, 211, 211)")
    page.close()
