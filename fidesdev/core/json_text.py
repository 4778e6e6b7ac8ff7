"""JSON read and written without changing a number: one that no float has stays a `Decimal`."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def parse_json(text: str) -> Any:
    """The value of a JSON text; raises `ValueError` for anything else, `NaN` included."""
    try:
        return _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def json_text(value: Any) -> str:
    """The value as JSON in one line; raises `ValueError` for a float that JSON does not have."""
    try:
        return _ENCODER.encode(value)
    except TypeError:
        return _written(value)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _written(value: Any) -> str:
    """What `json.dumps` writes, with `Decimal`s as numbers."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_written(k)}: {_written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    return _ENCODER.encode(value)


def _number(text: str) -> float | Decimal:
    exact, number = Decimal(text), float(text)
    return number if Decimal(repr(number)) == exact else exact


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_refuse)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
