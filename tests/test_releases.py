"""Releases: reading Apple's lookup service and SOFA, and querying the catalog."""

import datetime as dt
import json
import pickle
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate.releases import Release, Releases, ReleasesError, load_releases

AUGUST = dt.date(2026, 8, 22)


def asset(version: str, build: str, devices: list[str], **more: Any) -> dict[str, Any]:
    return {
        "ProductVersion": version,
        "Build": build,
        "PostingDate": "2026-08-01",
        "ExpirationDate": "2026-11-20",
        "SupportedDevices": devices,
        **more,
    }


PHONES, MACS = ["iPhone14,5", "iPhone15,2"], ["J413AP", "J700AP"]
LOOKUP: dict[str, Any] = {
    "PublicAssetSets": {"iOS": [asset("26.6.1", "23G83", PHONES)]},
    "AssetSets": {
        "iOS": [
            asset("16.7.16", "20H392", ["iPhone10,3"]),
            asset("26.5", "23F77", PHONES, PostingDate="2026-05-18", ExpirationDate="2026-08-22"),
            asset("26.6", "23G71", PHONES, ExpirationDate=None),
            asset("26.6.1", "23G6083", PHONES),
            asset("26.6.1", "23G83", PHONES),
            asset("27.0", "24A5", PHONES, PostingDate="2026-08-23"),
        ],
        "macOS": [asset("15.7.9", "24G830", ["J413AP"]), asset("26.6.2", "25G83", MACS)],
    },
    "PublicBackgroundSecurityImprovements": {
        "macOS": [
            asset(
                "26.6.2",
                "25G771280a",
                ["J413AP"],
                ProductVersionExtra="(a)",
                PrerequisiteBuild="25G83",
            )
        ]
    },
}
SOFA: dict[str, Any] = {
    "OSVersions": [
        {
            "OSVersion": "Tahoe 26",
            "Latest": {
                "ProductVersion": "26.6.2",
                "Build": "25G83",
                "AllBuilds": ["25G83", "25G6083"],
                "ReleaseDate": "2026-08-17T00:00:00Z",
                "ExpirationDate": "2026-11-20",
                "SupportedDevices": MACS,
            },
            "SecurityReleases": [
                {"ProductVersion": "26.4", "Build": "", "ReleaseDate": "2026-03-24T00:00:00Z"},
                {"ProductVersion": "26.6", "Build": "25G72", "ReleaseDate": "2026-07-27T00:00:00Z"},
            ],
        }
    ],
    "Devices": {"J413AP": {"DeviceID": "Mac14,2"}, "J700AP": {"MarketingName": "unnamed"}},
    "BackgroundSecurityImprovements": {
        "26": [
            {
                "Version": "26.6.2",
                "VersionExtra": "(a)",
                "Build": "25G771280a",
                "PostingDate": "2026-08-18",
                "PrerequisiteBuild": "25G83",
                "SupportedDevices": ["J413AP"],
            }
        ]
    },
}


def phone(version: str = "26.5", model: str | None = "iPhone14,5") -> osu.Device:
    return osu.Device("iOS", version, model=model)


def mac(version: str = "15.5", **given: Any) -> osu.Device:
    return osu.Device("macOS", version, **given)


@pytest.fixture(scope="module")
def lookup() -> Releases:
    return load_releases(json.dumps(LOOKUP))


@pytest.fixture(scope="module")
def both() -> Releases:
    return load_releases(json.dumps(LOOKUP).encode(), SOFA)


class TestForADevice:
    def test_posted_and_unexpired_releases(self, lookup: Releases) -> None:
        offered = [(str(r.version), r.build) for r in lookup.for_device(phone(), on=AUGUST)]
        assert offered == [("26.6.1", "23G83"), ("26.6.1", "23G6083"), ("26.6", "23G71")]

    def test_expiration_date_is_exclusive(self, lookup: Releases) -> None:
        day_before = AUGUST - dt.timedelta(days=1)
        assert lookup.is_offered("26.5", phone(), on=day_before)
        assert not lookup.is_offered("26.5", phone(), on=AUGUST)

    def test_posting_date_is_inclusive(self, lookup: Releases) -> None:
        assert not lookup.is_offered("27.0", phone(), on=AUGUST)
        assert lookup.is_offered("27.0", phone(), on=AUGUST + dt.timedelta(days=1))

    def test_no_expiration_date(self, lookup: Releases) -> None:
        assert lookup.is_offered("26.6", phone(), on=dt.date(2030, 1, 1))

    def test_old_hardware(self, lookup: Releases) -> None:
        release = lookup.latest(phone("16.7.10", "iPhone10,3"), on=AUGUST)
        assert release is not None
        assert str(release.version) == "16.7.16"

    def test_release_in_both_lists_is_public(self, lookup: Releases) -> None:
        public = {r.build: r.public for r in lookup.for_device(phone(), on=AUGUST)}
        assert public == {"23G83": True, "23G6083": False, "23G71": False}

    @pytest.mark.parametrize("model", [None, "iPhone1,1"])
    def test_unknown_hardware(self, lookup: Releases, model: str | None) -> None:
        device = phone(model=model)
        assert not lookup.knows(device)
        assert lookup.for_device(device, on=AUGUST) == ()
        assert lookup.latest(device, on=AUGUST) is None


class TestLatest:
    @pytest.mark.parametrize(
        ("has", "kind", "version"),
        [
            ("15.5", "any", "26.6.2"),
            ("15.5", "minor", "15.7.9"),
            ("15.5", "patch", None),
            ("15.7.1", "patch", "15.7.9"),
            ("26.6.2", "patch", "26.6.2"),
        ],
    )
    def test_kinds(self, lookup: Releases, has: str, kind: Any, version: str | None) -> None:
        release = lookup.latest(mac(has, device_id="J413AP"), on=AUGUST, kind=kind)
        assert (release and str(release.version)) == version

    def test_unknown_kind(self, lookup: Releases) -> None:
        with pytest.raises(ValueError, match="unknown kind 'major': expected any, minor or patch"):
            lookup.latest(phone(), on=AUGUST, kind="major")  # type: ignore[arg-type]


class TestMacs:
    def test_model_identifier_requires_a_board_mapping(
        self, lookup: Releases, both: Releases
    ) -> None:
        air = mac(model="Mac14,2")
        assert not lookup.knows(air)
        assert both.knows(air)
        assert [r.build for r in both.for_device(air, on=AUGUST)] == ["25G6083", "25G83", "24G830"]

    def test_model_with_two_boards(self) -> None:
        feed = {**SOFA, "Devices": {name: {"DeviceID": "Mac14,2"} for name in MACS}}
        releases = load_releases(LOOKUP, feed)
        offered = releases.for_device(mac(model="Mac14,2"), on=AUGUST)
        assert [str(r.version) for r in offered] == ["26.6.2", "26.6.2"]

    def test_device_id_takes_precedence_over_model(self, both: Releases) -> None:
        neo = mac(device_id="J700AP", model="Mac14,2")
        assert not both.is_offered("15.7.9", neo, on=AUGUST)


class TestSecurityResponses:
    def test_listed_separately(self, lookup: Releases) -> None:
        air = mac("26.6.2", device_id="J413AP")
        (response,) = lookup.security_responses(air, on=AUGUST)
        assert (response.build, response.extra) == ("25G771280a", "(a)")
        assert response.prerequisite_build == "25G83"
        assert all(not release.extra for release in lookup.for_device(air, on=AUGUST))

    @pytest.mark.parametrize("wanted", ["25G771280a", "26.6.2 (a)", osu.OSVersion("26.6.2 (a)")])
    def test_find_by_version_and_build(self, lookup: Releases, wanted: Any) -> None:
        assert lookup.is_offered(wanted, mac(device_id="J413AP"), on=AUGUST)
        assert not lookup.is_offered(wanted, mac(device_id="J700AP"), on=AUGUST)

    def test_sofa(self) -> None:
        (response,) = load_releases(SOFA).security_responses(mac(model="Mac14,2"), on=AUGUST)
        assert response == Release(
            version=osu.OSVersion("26.6.2"),
            build="25G771280a",
            posted=dt.date(2026, 8, 18),
            extra="(a)",
            prerequisite_build="25G83",
            devices=frozenset({"J413AP"}),
        )

    def test_expiration_of_the_first_document(self, both: Releases) -> None:
        (response,) = both.security_responses(mac(model="Mac14,2"), on=AUGUST)
        assert response.expires == dt.date(2026, 11, 20)

    def test_key_of_older_feeds(self) -> None:
        key = "PublicBackgroundSecurityImprovements"
        old = {k.replace(key, "PublicRapidSecurityResponses"): v for k, v in LOOKUP.items()}
        assert load_releases(old).security_responses(mac(device_id="J413AP"), on=AUGUST)


class TestSeveralDocuments:
    """Apple's data takes precedence; SOFA adds the rest."""

    def test_apple_takes_precedence_over_sofa(self) -> None:
        latest = SOFA["OSVersions"][0]["Latest"] | {"ExpirationDate": None, "AllBuilds": ["25G83"]}
        feed = SOFA | {"OSVersions": [{"OSVersion": "Tahoe 26", "Latest": latest}]}
        late = dt.date(2026, 12, 1)
        for documents in ((LOOKUP, feed), (feed, LOOKUP)):
            assert load_releases(*documents).latest(mac(model="Mac14,2"), on=late) is None
        assert load_releases(feed).latest(mac(model="Mac14,2"), on=late) is not None

    def test_builds_of_other_systems_are_ignored(self) -> None:
        latest = SOFA["OSVersions"][0]["Latest"] | {"AllBuilds": ["25G83", "23L773", "x"]}
        feed = {"OSVersions": [{"OSVersion": "26", "Latest": latest}]}
        assert [release.build for release in load_releases(feed).releases] == ["25G83"]

    def test_error_names_the_document(self) -> None:
        with pytest.raises(ReleasesError) as caught:
            load_releases(LOOKUP, SOFA, "{}")
        assert caught.value.document == 2
        copy = pickle.loads(pickle.dumps(caught.value))
        assert (str(copy), copy.document) == (str(caught.value), 2)


def changed(**asset_keys: Any) -> dict[str, Any]:
    return {"AssetSets": {"iOS": [asset("26.6", "23G71", PHONES, **asset_keys)]}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "expected the JSON of https://gdmf.apple.com/v2/pmv, or of a feed of .* is not JSON"),
        ("[" * 100_000, "got a document that is not JSON"),
        ("[]", "expected the JSON of .*, got an empty array"),
        ({}, "got a document with no keys"),
        ({"error": 503}, "got a document with 'error'"),
        ({"AssetSets": {}, "PublicAssetSets": {"iOS": []}}, "the document lists no releases"),
        ({"AssetSets": []}, "AssetSets: expected an object, got an empty array"),
        ({"AssetSets": {"iOS": {}}}, r"AssetSets\.iOS: expected an array, got an empty dictionary"),
        ({"AssetSets": {"iOS": ["x"]}}, r"AssetSets\.iOS\[0\]: expected an object, got 'x'"),
        (changed(Build=5), r"AssetSets\.iOS\[0\]\.Build: expected a string, got 5"),
        (changed(ProductVersion="new"), r"AssetSets\.iOS\[0\]\.ProductVersion: .*'new'"),
        (changed(ProductVersionExtra="c)"), r"\[0\]\.ProductVersion: invalid version '26.6 c\)'"),
        (changed(PostingDate="today"), r"\.PostingDate: expected a date such as .*, got 'today'"),
        (changed(ExpirationDate="x"), r"\.ExpirationDate: expected a date .*, got 'x'"),
        (changed(SupportedDevices=[1]), r"\.SupportedDevices: expected strings, got 1"),
        ({"OSVersions": []}, "the document lists no releases"),
    ],
)
def test_empty_or_invalid_document(data: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_releases(LOOKUP, data)


def test_no_document() -> None:
    with pytest.raises(ValueError, match="got nothing"):
        load_releases()


def test_other_types_are_rejected() -> None:
    with pytest.raises(TypeError, match="data must be bytes, str or a mapping, not 5"):
        load_releases(5)  # type: ignore[arg-type]
