"""Which records are meant and in which order: `--where`, `--sort`, `--after` and IDs as values."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from fidesdev.core.field_values import Given, Text, is_plain, parse_assignment
from fidesdev.core.json_text import json_text, parse_json
from fidesdev.core.records import Model
from fidesdev.errors import UnknownField, UsageError

_VERSION = 1
Scalar = str | int | float | None
_SCALARS = (str, int, float, type(None))
_BLOB = "blob"
"""Key of an object that holds the hexadecimal digits of a binary value."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A column has a value."""

    field: str
    given: Given


@dataclass(frozen=True, slots=True)
class Order:
    """An order: by one column, rows without a value last, equal ones by key."""

    field: str
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.field}" if self.descending else self.field


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list: just behind the row with this key, and this value in the sorted column."""

    model: str
    order: Order | None
    value: Scalar | bytes
    key: tuple[Scalar | bytes, ...]

    def __str__(self) -> str:
        order = str(self.order) if self.order else None
        parts = [_packed(part) for part in (self.value, *self.key)]
        text = json_text([_VERSION, self.model, order, *parts])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records of a model, in which order, from where on."""

    conditions: tuple[Condition, ...] = ()
    order: Order | None = None
    after: Place | None = None


def parse_conditions(texts: Sequence[str]) -> tuple[Condition, ...]:
    """The conditions of `--where FIELD=VALUE`."""
    return tuple(Condition(*parse_assignment(text)) for text in texts)


def parse_order(text: str) -> Order:
    """`FIELD` ascending, `-FIELD` descending."""
    return Order(text.removeprefix("-"), descending=text.startswith("-"))


def parse_place(text: str) -> Place:
    """The place that `str(place)` wrote; raises `UsageError` for anything else."""
    try:
        padded = text + "=" * (-len(text) % 4)
        parts = parse_json(base64.b64decode(padded, altchars=b"-_", validate=True).decode())
        version, model, order, value, *key = parts
        names = (str, type(None))
        if version != _VERSION or not isinstance(model, str) or not isinstance(order, names):
            raise ValueError(text)
        sort = parse_order(order) if order else None
        return Place(model, sort, _unpacked(value), tuple(map(_unpacked, key)))
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        raise UsageError(
            "--after is no cursor of a list",
            hint="Give the text that the list before showed as 'next', unchanged.",
            cursor=text,
        ) from error


def checked_selection(model: Model, selection: Selection) -> Selection:
    """The selection, if the model has its fields and its cursor is one of this list."""
    order, after = selection.order, selection.after
    named = [condition.field for condition in selection.conditions]
    require_fields(model, [*named, order.field] if order else named)
    if after is None:
        return selection
    if after.model != model.name or after.order != order:
        sorted_by = f" sorted by {after.order}" if after.order else " in the order of its key"
        raise UsageError(
            f"the cursor continues a list of {after.model}{sorted_by}",
            hint="Repeat the command that gave it, and add --after.",
        )
    if not after.key or len(after.key) != (len(model.key) or bool(model.locator)):
        raise UsageError("--after is no cursor of this list", hint="Start again without --after.")
    return selection


def require_fields(model: Model, names: Sequence[str]) -> None:
    """Raise `UnknownField` unless the model has columns of these names."""
    unknown = tuple(name for name in names if model.column(name) is None)
    if unknown:
        raise UnknownField(model.name, unknown, model.fields)


def parse_id(model: Model, text: str) -> tuple[Condition, ...]:
    """The conditions for the row that `ID`, `A,B` or `FIELD=VALUE,FIELD=VALUE` names."""
    if not model.key:
        raise UsageError(
            f"{model.name} has no primary key, so that no ID names a row of it",
            hint=f"Say which rows with --where: 'fidesdev records list {model.name} --where F=V'.",
        )
    if len(model.key) == 1 and not text.startswith(f"{model.key[0]}="):
        return (Condition(model.key[0], Text(text)),)
    parts = text.split(",")
    if len(parts) != len(model.key):
        raise _no_id(model, text)
    if all("=" in part for part in parts):
        named = tuple(Condition(*parse_assignment(part)) for part in parts)
        if {condition.field for condition in named} == set(model.key):
            return named
    return tuple(Condition(name, Text(part)) for name, part in zip(model.key, parts, strict=True))


def _no_id(model: Model, text: str) -> UsageError:
    values = ",".join(f"{name.upper()}" for name in model.key)
    pairs = ",".join(f"{name}=..." for name in model.key)
    return UsageError(
        f"{text!r} names no row of {model.name}, whose key is {', '.join(model.key)}",
        hint=f"Give {values} or {pairs}; find one with 'fidesdev records list {model.name}'.",
        key=list(model.key),
    )


def _packed(value: Scalar | bytes) -> object:
    return {_BLOB: value.hex()} if isinstance(value, bytes) else value


def _unpacked(value: object) -> Scalar | bytes:
    if isinstance(value, dict):
        return bytes.fromhex(value[_BLOB])
    if not isinstance(value, _SCALARS) or (isinstance(value, str) and not is_plain(value)):
        raise ValueError(value)
    return value
