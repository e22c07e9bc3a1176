"""``mdm-osupdate convert``."""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
import re
from typing import Any

import click

from mdm_osupdate.codec import DEFAULT_LIMITS, Format, is_plist, read, source_map, write
from mdm_osupdate.errors import DecodeError, EncodeError

from ._command import Words, command, option, output_option
from ._inputs import read_document
from ._printable import write_bytes

_DATE, _DATA = "$date", "$data"


@command()
@click.argument("path", type=click.Path(), default="-")
@option(
    "--to",
    "target",
    type=Words(["xml", "binary", "json"]),
    required=True,
    group="Output",
    help="Format to write.",
)
@output_option
def convert(path: str, target: str) -> None:
    """Convert a property list between XML, binary and JSON.

    PATH is a file, or - for standard input (the default). Its format is recognized by its content.
    Any property list can be converted, not only messages.

    JSON has neither dates nor data. They are written as {"$date": "2026-01-31T12:00:00Z"} and
    {"$data": "base64"}, and read back from that form. A document that the other format cannot
    represent without loss is rejected.

    \b
      mdm-osupdate convert --to json answer.plist
      mdm-osupdate convert --to binary command.plist > command.bin
    """
    data = read_document(path)
    try:
        document = _read(data) if is_plist(data) or not data.strip() else _from_json(data)
        if target == "json":
            text = json.dumps(_to_json(document), indent=2, ensure_ascii=False, allow_nan=False)
            written = f"{text}\n".encode()
        else:
            fmt: Format = "xml" if target == "xml" else "binary"
            written = write(document, fmt, DEFAULT_LIMITS)
    except (DecodeError, EncodeError) as error:
        reasons = "; ".join(f"{f}. {f.hint}" for f in error.findings)
        raise click.ClickException(f"{path}: {reasons}") from None
    except RecursionError:
        raise click.ClickException(f"{path}: the JSON is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise click.ClickException(f"{path}: neither a property list nor JSON: {error}") from None
    except ValueError as error:
        raise click.ClickException(f"{path}: {error}") from None
    write_bytes(written)


def _read(data: bytes) -> Any:
    document = read(data, DEFAULT_LIMITS)
    if dropped := source_map(data).findings:  # the parser has already dropped something
        raise DecodeError(dropped)
    return document


def _to_json(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() in ({_DATE}, {_DATA}):
            raise ValueError(
                f"a dictionary with the single key {next(iter(value))} cannot be written: "
                "JSON would read it back as something else"
            )
        return {key: _to_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_to_json(inner) for inner in value]
    if isinstance(value, bytes):
        return {_DATA: base64.b64encode(value).decode()}
    return {_DATE: f"{value.isoformat()}Z"} if isinstance(value, dt.datetime) else value


def _from_json(data: bytes) -> Any:
    if len(data) > DEFAULT_LIMITS.size:
        raise ValueError(f"the document exceeds the limit of {DEFAULT_LIMITS.size} bytes")
    return json.loads(
        data, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_real
    )


def _object(pairs: list[tuple[str, Any]]) -> Any:
    document = dict(pairs)
    if len(document) < len(pairs):
        twice = next(key for key, _ in pairs if sum(key == k for k, _ in pairs) > 1)
        raise ValueError(f"duplicate key {twice!r}")
    if document.keys() in ({_DATE}, {_DATA}):
        ((key, text),) = pairs
        if not isinstance(text, str):
            raise ValueError(f"expected a string for {key}")
        if key == _DATA:
            return base64.b64decode(text, validate=True)
        return _date(text)
    return document


def _date(text: str) -> dt.datetime:
    form = r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{6})?)Z"
    if found := re.fullmatch(form, text):
        return dt.datetime.fromisoformat(found[1])
    raise ValueError(f"expected a date such as 2026-01-31T12:00:00Z, got {text!r:.60}")


def _real(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text:.60} is out of range for a real")
    return number


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
