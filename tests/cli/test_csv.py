"""CSV for spreadsheets."""

import pytest

from mdm_osupdate.cli._csv import csv_line


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_formulas_are_escaped(cell: str) -> None:
    assert csv_line([cell]).strip('"') == f"'{cell}"


@pytest.mark.parametrize("cell", ["iPad", "1-1", "a=b", "O'Neil", " =1", ""])
def test_other_cells_are_unchanged(cell: str) -> None:
    assert csv_line([cell, "x"]) == f"{cell},x"


def test_values() -> None:
    assert csv_line({"a": None, "b": True, "c": 'say "x", y'}) == ',True,"say ""x"", y"'
