"""Versions of operating systems."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mdm_osupdate as osu
from mdm_osupdate.versions import named_version

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


def test_order_is_by_number() -> None:
    texts = ["9", "10.11", "10.11.5", "13.3.1", "13.3.1 (a)", "13.3.1 (b)", "13.3.2", "26.0", "27"]
    ordered = [osu.OSVersion(text) for text in texts]
    shuffled = ordered[1::2] + ordered[::2]
    assert sorted(shuffled) == ordered
    assert len(set(ordered)) == len(ordered)


def test_missing_parts_are_zero() -> None:
    assert osu.OSVersion("9") == osu.OSVersion("9.0") == osu.OSVersion("9.0.0")
    assert hash(osu.OSVersion("9")) == hash(osu.OSVersion("9.0"))
    assert osu.OSVersion("9").minor == osu.OSVersion("9").patch == 0


def test_other_things_are_not_versions() -> None:
    assert osu.OSVersion("9") != "9"
    with pytest.raises(TypeError):
        assert osu.OSVersion("9") < "10"


@pytest.mark.parametrize(
    "text",
    ["", " ", "seventeen", "17.", ".4", "17.4.1.2", "-1", "17,4", "v17", "017", "17.4 a", "17\n",
     "18A391", "13.3.1 (A)", "13.3.1 (ab)", "99999", "\u0661\u0667"],
)  # fmt: skip
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(osu.InvalidVersionError) as caught:
        osu.OSVersion(text)
    assert isinstance(caught.value, ValueError)
    assert repr(text) in str(caught.value)
    assert caught.value.text == text


@given(versions)
def test_text_comes_back(text: str) -> None:
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
def test_some_product_keys_name_a_version(key: str, version: str) -> None:
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
def test_other_product_keys_do_not(key: str) -> None:
    assert named_version(key) is None


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_pickles_them(protocol: int) -> None:
    version = osu.OSVersion("13.3.1 (a)")
    assert str(pickle.loads(pickle.dumps(version, protocol))) == str(version)
    assert str(copy.deepcopy(version)) == str(version)
