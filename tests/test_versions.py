"""Versions of operating systems."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mdm_osupdate as osu
from mdm_osupdate.versions import (
    exists,
    exists_on,
    is_at,
    is_build,
    is_last_for_hardware,
    is_response_build,
    named_version,
    read_version,
)

numbers = st.integers(0, 9999)
versions = st.builds(
    lambda parts, extra: ".".join(map(str, parts)) + extra,
    st.lists(numbers, min_size=1, max_size=3),
    st.sampled_from(["", " (a)", " (c)"]),
)


def test_parts() -> None:
    version = osu.OSVersion("13.3.1 (a)")
    assert (version.major, version.minor, version.patch, version.extra) == (13, 3, 1, "(a)")
    assert str(version) == "13.3.1 (a)"
    assert repr(version) == "OSVersion('13.3.1 (a)')"


def test_versions_are_ordered_numerically() -> None:
    texts = ["9", "10.11", "10.11.5", "13.3.1", "13.3.1 (a)", "13.3.1 (b)", "13.3.2", "26.0", "27"]
    ordered = [osu.OSVersion(text) for text in texts]
    shuffled = ordered[1::2] + ordered[::2]
    assert sorted(shuffled) == ordered
    assert len(set(ordered)) == len(ordered)


def test_missing_parts_are_zero() -> None:
    assert osu.OSVersion("9") == osu.OSVersion("9.0") == osu.OSVersion("9.0.0")
    assert hash(osu.OSVersion("9")) == hash(osu.OSVersion("9.0"))
    assert osu.OSVersion("9").minor == osu.OSVersion("9").patch == 0


def test_comparison_with_other_types() -> None:
    with pytest.raises(TypeError, match="a version must be str, not float"):
        osu.OSVersion(14.1)  # type: ignore[arg-type]
    assert osu.OSVersion("9") != "9"
    with pytest.raises(TypeError):
        assert osu.OSVersion("9") < "10"


@pytest.mark.parametrize(
    "text",
    ["", " ", "seventeen", "17.", ".4", "17.4.1.2", "-1", "17,4", "v17", "017", "17.4 a", "17\n",
     "18A391", "13.3.1 (A)", "13.3.1 (ab)", "99999", "\u0661\u0667"],
)  # fmt: skip
def test_invalid_versions(text: str) -> None:
    with pytest.raises(osu.InvalidVersionError) as caught:
        osu.OSVersion(text)
    assert isinstance(caught.value, ValueError)
    assert repr(text) in str(caught.value)
    assert caught.value.text == text


@given(versions)
def test_str_round_trip(text: str) -> None:
    assert str(osu.OSVersion(text)) == text


@given(versions, versions)
def test_order_is_total(one: str, other: str) -> None:
    a, b = osu.OSVersion(one), osu.OSVersion(other)
    assert (a < b) + (a == b) + (a > b) == 1


@pytest.mark.parametrize(
    ("key", "version"),
    [
        ("_MACOS_12.0", "12.0"),
        ("_MACOS_14.7.3", "14.7.3"),
        ("MSU_UPDATE_20G80_patch_11.5.1", "11.5.1"),
        ("MSU_UPDATE_22H417_patch_13.7.3_minor", "13.7.3"),
        ("MSU_UPDATE_22A240a_full_13.0_minor", "13.0"),
    ],
)
def test_product_keys_with_a_version(key: str, version: str) -> None:
    assert named_version(key) == osu.OSVersion(version)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "iOSUpdate15F79",
        "091-09590",
        "zzzz091-81933",
        "_OSX_18A391",
        "MSU_UPDATE_22F770820d_patch_13.4.1_rsr",
    ],
)
def test_product_keys_without_a_version(key: str) -> None:
    assert named_version(key) is None


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_with_every_protocol(protocol: int) -> None:
    version = osu.OSVersion("13.3.1 (a)")
    assert str(pickle.loads(pickle.dumps(version, protocol))) == str(version)
    assert str(copy.deepcopy(version)) == str(version)


@pytest.mark.parametrize(
    ("text", "extra", "version"),
    [
        ("13.2 (a)", None, "13.2 (a)"),
        ("13.2 (a)", "", "13.2 (a)"),
        ("13.2", "a", "13.2 (a)"),
        ("13.2", "(a)", "13.2 (a)"),
        ("13.2 (a)", "a", "13.2 (a)"),
        ("13.2 (a)", " (a) ", "13.2 (a)"),
        (" 13.2 ", None, "13.2"),
        ("13.2 (a)", "(b)", None),
        ("13.2", "(ab)", None),
        ("latest", None, None),
        ("latest", "(a)", None),
    ],
)
def test_security_response_letter_in_each_form(
    text: str, extra: str | None, version: str | None
) -> None:
    assert read_version(text, extra) == (version and osu.OSVersion(version))


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("24F74", False),
        ("23G6083", False),  # of a few devices only
        ("22A240a", False),  # a seed
        ("23A5276f", False),
        ("25D771280a", True),
        ("22F770820d", True),
        ("22D7750270d", True),
        ("25D771280", False),
    ],
)
def test_builds(text: str, response: bool) -> None:
    assert is_build(text)
    assert is_response_build(text) is response


@pytest.mark.parametrize("text", ["", "26.1", "24f74", "F74", "24F", "24F12345678", "24F74ab"])
def test_invalid_builds(text: str) -> None:
    assert not is_build(text)
    assert not is_response_build(text)


RESPONSE = "25D771280a"


@pytest.mark.parametrize(
    ("target", "target_build", "version", "build", "there"),
    [
        ("26.1", None, "26.0.1", None, False),
        ("26.1", None, "26.1", None, True),
        ("26.1", None, "26.1 (a)", None, True),
        ("26.6.1", "23G83", "26.6.1", "23G6083", True),  # the build of other devices
        ("26.3.1", RESPONSE, "26.3", None, False),
        ("26.3.1", RESPONSE, "26.3.2", None, True),
        ("26.3.1", RESPONSE, "26.3.1", None, False),
        ("26.3.1", RESPONSE, "26.3.1", "25D2128", False),
        ("26.3.1", RESPONSE, "26.3.1", "not a build", False),
        ("26.3.1", RESPONSE, "26.3.1", RESPONSE, True),
        ("26.3.1", RESPONSE, "26.3.1 (a)", RESPONSE, True),
        ("26.3.1", RESPONSE, "26.3.1 (b)", "25D771290b", True),
        ("26.3.1", "25D771290b", "26.3.1 (a)", RESPONSE, False),
        ("26.3.1", RESPONSE, "26.3.1 (a)", None, None),
        ("26.3.1 (a)", RESPONSE, "26.3.1 (a)", None, True),
        ("26.3.1 (b)", "25D771290b", "26.3.1 (a)", None, False),
    ],
)
def test_security_response_builds(
    target: str, target_build: str | None, version: str, build: str | None, there: bool | None
) -> None:
    assert is_at(osu.OSVersion(target), target_build, osu.OSVersion(version), build) is there


@pytest.mark.parametrize(
    ("platform", "last", "missing"),
    [
        ("iOS", "18.7", "19"),
        ("iPadOS", "18.7", "25.9"),
        ("macOS", "15.7", "16.0"),
        ("tvOS", "18.6", "19.0"),
        ("visionOS", "2.6", "3.0"),
        ("watchOS", "11.6", "12.0"),
    ],
)
def test_versions_that_were_never_released(platform: str, last: str, missing: str) -> None:
    assert exists_on(platform, osu.OSVersion(last))
    assert not exists_on(platform, osu.OSVersion(missing))
    assert not exists_on(platform, osu.OSVersion("25.0"))
    assert exists_on(platform, osu.OSVersion("26.0"))


def test_exists_on_knows_every_platform() -> None:
    assert all(exists_on(platform, osu.OSVersion("26.1")) for platform in osu.Platform)


@pytest.mark.parametrize("major", range(30))
def test_versions_of_any_platform(major: int) -> None:
    version = osu.OSVersion(str(major))
    assert exists(version) is any(exists_on(platform, version) for platform in osu.Platform)


@pytest.mark.parametrize(
    ("version", "older"),
    [("9.3.6", "9.3.5"), ("10.3.4", "10.3.3"), ("12.5.7", "12.4.1"), ("15.8", "15.7.9"),
     ("16.7.10", "16.7.2"), ("17.7.3", "17.7.2")],
)  # fmt: skip
def test_last_versions_of_old_hardware(version: str, older: str) -> None:
    assert is_last_for_hardware("iPadOS", osu.OSVersion(version))
    assert not is_last_for_hardware("iPadOS", osu.OSVersion(older))
    assert is_last_for_hardware("iOS", osu.OSVersion(version)) is (version != "17.7.3")
    assert not is_last_for_hardware("macOS", osu.OSVersion(version))
