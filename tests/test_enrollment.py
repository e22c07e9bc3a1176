"""Updates that are required at enrollment: their form and their rules."""

import json
import plistlib
from typing import Any, Literal

import attrs
import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import (
    BetaProgram,
    SoftwareUpdateRequired,
    SoftwareUpdateRequiredDetails,
)

MAC = osu.Device("macOS", "15.6")
SEED = BetaProgram(description="AppleSeed for IT", token="seed")


def required(os_version: str = "26.1", **details: Any) -> SoftwareUpdateRequired:
    return SoftwareUpdateRequired(
        details=SoftwareUpdateRequiredDetails(os_version=os_version, **details)
    )


class TestForm:
    def test_round_trip(self) -> None:
        whole = attrs.evolve(
            required(build_version="25B78", require_beta_program=SEED),
            description="too old",
            message="Please wait for the update.",
        )
        document = {
            "code": "com.apple.softwareupdate.required",
            "description": "too old",
            "message": "Please wait for the update.",
            "details": {
                "OSVersion": "26.1",
                "BuildVersion": "25B78",
                "RequireBetaProgram": {"Description": "AppleSeed for IT", "Token": "seed"},
            },
        }
        assert json.loads(osu.dumps(whole)) == document
        assert osu.loads(osu.dumps(whole), SoftwareUpdateRequired, strict=True) == whole

    @pytest.mark.parametrize("fmt", ["xml", "binary"])
    def test_property_list(self, fmt: Literal["xml", "binary"]) -> None:
        whole = required(build_version="25B78", require_beta_program=SEED)
        written = osu.dumps(whole, fmt=fmt)
        assert plistlib.loads(written) == osu.to_dict(whole)
        assert osu.loads(written, SoftwareUpdateRequired, strict=True) == whole
        assert list(osu.validate(written)) == []
        other = attrs.evolve(whole, unknown={"icon": b"a"})
        assert osu.loads(osu.dumps(other, fmt=fmt), SoftwareUpdateRequired) == other
        assert osu.from_dict(osu.to_dict(other), SoftwareUpdateRequired) == other
        wrong = osu.dumps(required("latest"), fmt=fmt)
        assert [finding.rule for finding in osu.validate(wrong)] == ["OSU641"]

    @pytest.mark.parametrize("key", ["code", "details"])
    def test_required_keys(self, key: str) -> None:
        document = osu.to_dict(required())
        del document[key]
        with pytest.raises(osu.DecodeError) as caught:
            osu.from_dict(document, SoftwareUpdateRequired)
        assert [finding.rule for finding in caught.value.findings] == ["OSU120"]


def found(message: SoftwareUpdateRequired, device: osu.Device | None = None) -> list[str]:
    return [f"{f.rule} {f.path}".rstrip() for f in osu.validate(message, device)]


class TestChecking:
    @pytest.mark.parametrize(
        ("version", "build", "expected"),
        [
            ("26.1", None, []),
            ("26.3.1 (a)", "25D771280a", []),
            ("latest", None, ["OSU641 details.OSVersion"]),
            ("26.1", "26.1", ["OSU641 details.BuildVersion"]),
        ],
    )
    def test_versions_and_builds(
        self, version: str, build: str | None, expected: list[str]
    ) -> None:
        assert found(required(version, build_version=build)) == expected

    def test_unknown_code(self) -> None:
        for code in "com.apple.other", "com.apple.softwareupdate.wanted":
            assert found(attrs.evolve(required(), code=code)) == ["OSU640 code"]

    @pytest.mark.parametrize(
        ("platform", "version", "expected"),
        [
            ("iOS", "16.7", ["OSU642"]),
            ("iPadOS", "17.0", []),
            ("macOS", "13.7", ["OSU642"]),
            ("macOS", "14.0", []),
            ("tvOS", "18.0", ["OSU642"]),
            ("visionOS", "2.6", ["OSU642"]),
            ("visionOS", "26.0", []),
            ("watchOS", "11.0", ["OSU642"]),
        ],
    )
    def test_devices(self, platform: str, version: str, expected: list[str]) -> None:
        assert found(required(), osu.Device(platform, version)) == expected

    @pytest.mark.parametrize(("version", "ok"), [("14.4", False), ("14.5", True)])
    def test_beta_programs(self, version: str, ok: bool) -> None:
        device = attrs.evolve(MAC, os_version=version)
        expected = [] if ok else ["OSU642 details.RequireBetaProgram"]
        assert found(required(require_beta_program=SEED), device) == expected

    def test_what_is_not_supported_is_named(self) -> None:
        wanted = required(require_beta_program=SEED)
        for version, message in (
            ("13.7", "macOS 13.7 does not support SoftwareUpdateRequired, introduced in 14.0"),
            ("14.4", "macOS 14.4 does not support RequireBetaProgram, introduced in 14.5"),
        ):
            (finding,) = osu.validate(wanted, attrs.evolve(MAC, os_version=version))
            assert finding.message == message

    def test_version_already_installed(self) -> None:
        assert found(required("15.6"), MAC) == ["OSU643 details.OSVersion"]
        assert found(required("15.6.1"), MAC) == []
        assert found(required("latest"), MAC) == ["OSU641 details.OSVersion"]
