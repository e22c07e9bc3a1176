"""``mdm-osupdate releases``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., tuple[int, str, str]]


def asset(version: str, build: str, *devices: str, **more: str) -> dict[str, object]:
    return {
        "ProductVersion": version,
        "Build": build,
        "PostingDate": "2026-08-01",
        "SupportedDevices": list(devices),
        **more,
    }


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "gdmf.json"
    lists = {
        "AssetSets": {
            "iOS": [
                asset("26.6.1", "23G83", "iPhone15,2", ExpirationDate="2026-11-20"),
                asset("16.7.16", "20H392", "iPhone10,3"),
            ],
            "macOS": [asset("26.6.2", "25G83", "J413AP")],
        },
        "PublicBackgroundSecurityImprovements": {
            "macOS": [asset("26.6.2", "25G771280a", "J413AP", ProductVersionExtra="(a)")]
        },
    }
    path.write_text(json.dumps(lists))
    return path


def test_all(cli: Cli, feed: Path) -> None:
    assert cli("releases", feed, "--on", "2026-08-22") == (
        0,
        """\
version     build        posted      expires     devices  users
26.6.2 (a)  25G771280a   2026-08-01  -                 1  yes
26.6.2      25G83        2026-08-01  -                 1  no
26.6.1      23G83        2026-08-01  2026-11-20        1  no
16.7.16     20H392       2026-08-01  -                 1  no
4 releases
""",
        "",
    )


@pytest.mark.parametrize(
    ("model", "builds"),
    [
        ("iPhone10,3", ["20H392"]),
        ("J413AP", ["25G771280a", "25G83"]),
        ("iPhone15,2", ["23G83"]),
    ],
)
def test_model(cli: Cli, feed: Path, model: str, builds: list[str]) -> None:
    options = ("--for", model, "--on", "2026-08-22", "--format", "json")
    status, out, _ = cli("releases", feed, *options)
    assert status == 0
    assert [release["build"] for release in json.loads(out)["releases"]] == builds


@pytest.mark.parametrize(("noon", "offered"), [("1795003200", True), ("1795262400", False)])
def test_default_date(
    cli: Cli, feed: Path, monkeypatch: pytest.MonkeyPatch, noon: str, offered: bool
) -> None:
    """Two days before 26.6.1 expires, and one day after, in every time zone."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", noon)
    out = cli("releases", feed)[1]
    assert "16.7.16" in out
    assert ("23G83" in out) is offered


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("Mac14,2", "the files do not list this model; for a Mac's model identifier, add a SOFA"),
        ("Toaster", "'Toaster' is not a model: write it as iPhone15,2, Mac14,2 or J413AP"),
    ],
)
def test_unknown_model(cli: Cli, feed: Path, model: str, message: str) -> None:
    status, out, err = cli("releases", feed, "--for", model)
    assert (status, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}", "bad.json: expected the JSON of https://gdmf.apple.com/v2/pmv, or of a feed"),
        (b"{" + b" " * (1 << 26), "bad.json: longer than 67108864 bytes"),
        (None, "bad.json: No such file or directory"),
    ],
)
def test_invalid_files(
    cli: Cli, feed: Path, tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "bad.json"
    if content is not None:
        path.write_bytes(content)
    status, out, err = cli("releases", feed, path)
    assert (status, out) == (2, "")
    assert message in err
