"""Charts."""

from xml.etree import ElementTree

import pytest

from mdm_osupdate.cli._charts import Bar, Bars, Days, Kind, chart

_SVG = "{http://www.w3.org/2000/svg}"


def parsed(*panels: Bars | Days, is_file: bool = False, width: int = 400) -> ElementTree.Element:
    image = chart("Updates", "3 of 4", panels, is_file=is_file, width=width)
    return ElementTree.fromstring(image)


def texts(image: ElementTree.Element) -> list[str | None]:
    return [element.text for element in image.iter(f"{_SVG}text")]


def widths(image: ElementTree.Element, kind: str) -> list[float]:
    return [float(r.attrib["width"]) for r in image.iter(f"{_SVG}rect") if r.get("class") == kind]


def test_title_and_description() -> None:
    image = parsed()
    assert image.get("role") == "img"
    ids = str(image.get("aria-labelledby")).split()
    assert [next(e.text for e in image if e.get("id") == name) for name in ids] == [
        "Updates",
        "3 of 4",
    ]


def test_bar_widths() -> None:
    bars = [
        Bar("iOS", {Kind.GOOD: 3, Kind.BAD: 1}, "4"),
        Bar("macOS", {Kind.GOOD: 1, Kind.BAD: 0}, "1"),
    ]
    image = parsed(Bars("By platform", bars, {Kind.GOOD: "updated", Kind.BAD: "failed"}))
    assert widths(image, "good") == [11, 300, 100]
    assert widths(image, "bad") == [11, 100]
    assert texts(image) == ["By platform", "updated", "failed", "iOS", "4", "macOS", "1"]


def test_minimum_bar_width() -> None:
    image = parsed(Bars("", [Bar("", {Kind.GOOD: 10_000}), Bar("", {Kind.BAD: 1})]))
    assert widths(image, "bad") == [1.5]


def test_empty_bars() -> None:
    assert widths(parsed(Bars("", [Bar("none", {Kind.GOOD: 0})])), "good") == []
    assert texts(parsed(Bars("nothing", []))) == ["nothing"]


def test_long_labels_are_wrapped() -> None:
    label = "not enough space for the download"
    legend = {Kind.GOOD: "a long word " * 2, Kind.BAD: "another one " * 2}
    image = parsed(Bars("", [Bar(label, {Kind.BAD: 1}, "28")], legend), width=200)
    assert "not enough space for the" in texts(image)
    image = parsed(Bars("", [Bar("\u6771" * 20, {Kind.BAD: 1})]), width=200)
    assert len([t for t in texts(image) if t and "\u6771" in t]) == 2


def test_long_legends_are_wrapped() -> None:
    legend = {Kind.GOOD: "up to date since Monday", Kind.BAD: "not enough space"}
    bar = Bar("", {Kind.GOOD: 1, Kind.BAD: 1})
    image = parsed(Bars("", [bar], legend), width=200)
    words = [text for text in image.iter(f"{_SVG}text") if text.text in legend.values()]
    assert [text.attrib["x"] for text in words] == ["17", "17"]
    first, second = (float(text.attrib["y"]) for text in words)
    assert second == first + 18


def test_days() -> None:
    image = parsed(Days("Finished", [1, 1, 3, 4], 4))
    assert texts(image) == ["Finished", "0%", "50%", "100%", "1", "2", "3", "4", "day"]
    (path,) = image.iter(f"{_SVG}path")
    assert path.attrib["d"] == "M40 164V131.5H130V131.5H220V66.5H310V34H400V164Z"


@pytest.mark.parametrize("days", [1, 30, 3650])
def test_number_of_day_labels(days: int) -> None:
    assert len(texts(parsed(Days("", [1] * days, 1)))) <= 14


def test_standalone_file() -> None:
    image = chart("Updates", "", [], is_file=True)
    assert "prefers-color-scheme:dark" in image
    assert image.count("http") == 1, "the namespace"
    assert texts(parsed(is_file=True)) == ["Updates"]
    assert "<style>" not in chart("Updates", "", [])


def test_text_is_escaped() -> None:
    image = parsed(Bars("<b>&\x00\ufffe", [Bar("</text>", {Kind.GOOD: 1}, '"')]))
    assert texts(image) == ["<b>&\\x00\ufffd", "</text>", '"']
