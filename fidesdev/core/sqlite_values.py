"""Values of SQLite, which takes anything anywhere: held here to what a column is declared to be."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from fidesdev.core.field_values import (
    Fitted,
    Given,
    Json,
    Raw,
    Text,
    as_json,
    binary,
    checked,
    decoded,
    invalid,
    is_plain,
    scalar_text,
)
from fidesdev.core.json_text import parse_json
from fidesdev.core.records import Column, Kind

_TRUTHS = {"true": 1, "t": 1, "1": 1, "false": 0, "f": 0, "0": 0}
_MOST = 2**63
_KINDS = (
    ("JSON", Kind.JSON),
    ("BOOL", Kind.BOOLEAN),
    ("INT", Kind.INTEGER),
    ("CHAR", Kind.TEXT),
    ("CLOB", Kind.TEXT),
    ("TEXT", Kind.TEXT),
    ("BLOB", Kind.BINARY),
    ("BINARY", Kind.BINARY),
    ("REAL", Kind.FLOAT),
    ("FLOA", Kind.FLOAT),
    ("DOUB", Kind.FLOAT),
)
"""Part of a declared type -> kind; the affinities of SQLite and the types of SQLAlchemy."""
_MOMENTS: dict[str, Callable[[str], object]] = {
    "DATE": date.fromisoformat,
    "TIME": time.fromisoformat,
    "DATETIME": datetime.fromisoformat,
    "TIMESTAMP": datetime.fromisoformat,
}


def kind_of(declared: str) -> Kind:
    """How values of a declared type are read and written."""
    name = declared.upper()
    return next((kind for part, kind in _KINDS if part in name), Kind.OTHER)


def sqlite_value(model: str, column: Column, given: Given) -> Fitted:
    """The value as SQLite stores it; raises `InvalidValue`."""
    if isinstance(given, Json):
        return _json(model, column, given.value)
    if isinstance(given, Raw):
        if column.kind is Kind.BINARY:
            return given.content
        given = Text(decoded(model, column, given.content))
    assert isinstance(given, Text)
    return _typed(model, column, checked(model, column, given.text))


def read_value(column: Column, value: Any) -> Any:
    """A stored value as JSON has it; what does not fit the declared type is shown as it is."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if column.kind is Kind.BOOLEAN and value in {0, 1}:
        return bool(value)
    if column.kind is Kind.JSON and isinstance(value, str):
        try:
            return parse_json(value)
        except ValueError:
            return value
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or is_plain(str(value)) else ascii(value)


def text_of(value: Any) -> str | None:
    """A stored value as text that `sqlite_value` reads back."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return None if value is None else str(value)


def _json(model: str, column: Column, value: Any) -> Fitted:
    if value is None:
        return "null" if column.kind is Kind.JSON and not column.nullable else None
    if column.kind is Kind.JSON:
        return checked(model, column, as_json(model, column, value))
    if isinstance(value, list | dict):
        raise invalid(model, column, str(value))
    return _typed(model, column, checked(model, column, scalar_text(value)))


def _typed(model: str, column: Column, text: str) -> Fitted:
    if column.kind is Kind.BINARY:
        content = binary(model, column, text)
        return text.encode() if content is None else content
    try:
        value = _READERS[column.kind](text) if column.kind in _READERS else text
        if column.kind is Kind.JSON:
            parse_json(text)
        elif moment := _MOMENTS.get(column.type.upper()):
            moment(text)
    except (ValueError, KeyError) as error:
        raise invalid(model, column, text) from error
    if column.length is not None and len(text) > column.length:
        raise invalid(model, column, text, reason=f"it has {len(text)} characters")
    return value


def _integer(text: str) -> int:
    number = int(text)
    if not -_MOST <= number < _MOST:
        raise ValueError(text)
    return number


_READERS: dict[Kind, Callable[[str], Fitted]] = {
    Kind.INTEGER: _integer,
    Kind.FLOAT: float,
    Kind.BOOLEAN: lambda text: _TRUTHS[text.lower()],
}
