"""What a column is to hold: typed as `FIELD=VALUE`, read from a file, checked against its type.

`FIELD=TEXT` is text in the database's own syntax, `FIELD=` the empty text; `FIELD:=JSON` a JSON
value, `FIELD:=null` null. `FIELD=@PATH` and `FIELD:=@PATH` take the text from a file.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from fidesdev.core.json_text import json_text, parse_json
from fidesdev.core.records import Column, Kind
from fidesdev.errors import InvalidValue, UsageError

_SHOWN = 60
"""Characters of a value that a message repeats."""


@dataclass(frozen=True, slots=True)
class Text:
    """Text in the database's own syntax."""

    text: str


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON value; None is null."""

    value: Any


@dataclass(frozen=True, slots=True)
class FromFile:
    """The contents of a file, as text or as JSON."""

    path: str
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of a file."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Structure:
    """`{"v": VALUE}` as JSON text, which PostgreSQL itself turns into an array or a composite."""

    text: str


Given = Text | Json | FromFile | Raw
"""A value as somebody gives it; `given` makes one of any value of Python."""
Fitted = str | int | float | bytes | Structure | None
"""A value as a database driver takes it."""


def given(value: object) -> Given:
    """The value of a script as one that a column can be given; bytes are bytes, None is null."""
    if isinstance(value, Text | Json | FromFile | Raw):
        return value
    return Raw(value) if isinstance(value, bytes) else Json(value)


def parse_assignment(text: str) -> tuple[str, Given]:
    """Field and value of `FIELD=VALUE`; raises `UsageError` for anything else."""
    field, equals, value = text.partition("=")
    is_json = field.endswith(":")
    field = field.removesuffix(":")
    if not equals or not field:
        raise UsageError(
            f"{text[:_SHOWN]!r} is no FIELD=VALUE",
            hint="Write FIELD=TEXT, FIELD:=JSON (null, 5, true, [1, 2]) or FIELD=@FILE; "
            "see 'fidesdev records create --help'.",
            text=text,
        )
    if value.startswith("@"):
        return field, FromFile(value[1:], is_json)
    return field, typed_json(field, value) if is_json else Text(value)


def parse_assignments(texts: Iterable[str]) -> dict[str, Given]:
    """The values by field; raises `UsageError` for a field that is given twice."""
    values: dict[str, Given] = {}
    for text in texts:
        field, given = parse_assignment(text)
        if field in values:
            raise UsageError(f"{field} is given twice", hint="Give every field once.", field=field)
        values[field] = given
    return values


def typed_json(field: str, text: str) -> Json:
    """The JSON value of a field; raises `UsageError` for text that is none."""
    try:
        return Json(parse_json(text))
    except ValueError as error:
        raise UsageError(
            f"{field}:= is followed by {text[:_SHOWN]!r}, which is no JSON: {error}",
            hint=f"Text is written {field}=TEXT; JSON needs quotes around it: {field}:='\"TEXT\"'.",
            field=field,
        ) from error


def postgres_value(model: str, column: Column, given: Given) -> str | Structure | None:
    """The value as PostgreSQL reads it for this column; raises `InvalidValue`."""
    match given:
        case Text(text):
            return _postgres_text(model, column, text)
        case Json(value):
            return _postgres_json(model, column, value)
        case Raw(content):
            if column.kind is Kind.BINARY:
                return "\\x" + content.hex()
            return _postgres_text(model, column, decoded(model, column, content))
    raise TypeError(given)


def _postgres_text(model: str, column: Column, text: str) -> str | Structure:
    checked(model, column, text)
    if column.kind is Kind.BINARY and (content := binary(model, column, text)) is not None:
        return "\\x" + content.hex()
    if column.kind is Kind.STRUCTURE and text.lstrip().startswith("["):
        try:
            return Structure(json_text({"v": parse_json(text)}))
        except ValueError:
            return text  # such as [0:1]={1,2}, PostgreSQL's own
    return text


def _postgres_json(model: str, column: Column, value: Any) -> str | Structure | None:
    if value is None:
        return "null" if column.kind is Kind.JSON and not column.nullable else None
    if column.kind is Kind.JSON:
        return checked(model, column, as_json(model, column, value))
    if isinstance(value, list | dict):
        if column.kind is Kind.STRUCTURE:
            return Structure(checked(model, column, as_json(model, column, {"v": value})))
        if column.kind is not Kind.OTHER:
            raise invalid(model, column, str(value))
        return checked(model, column, as_json(model, column, value))
    return _postgres_text(model, column, scalar_text(value))


def scalar_text(value: object) -> str:
    """A JSON scalar, or another value of Python such as a date, as a database reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def as_json(model: str, column: Column, value: object) -> str:
    """The value as JSON text; raises `InvalidValue` for one that JSON does not have."""
    try:
        return json_text(value)
    except (TypeError, ValueError) as error:
        raise invalid(model, column, str(value), reason=str(error)) from error


def checked(model: str, column: Column, text: str) -> str:
    """The text, if a database can hold it; raises `InvalidValue` for NUL and broken UTF-8."""
    if not is_plain(text):
        raise InvalidValue(
            model,
            column.name,
            shortened(text),
            type_=column.type,
            allowed=f"{column.type} without the character NUL, in UTF-8",
            reason="it holds a byte that no text can have",
        )
    return text


def binary(model: str, column: Column, text: str) -> bytes | None:
    """The bytes of `base64:...`, `hex:...` or `\\x...`; None for other text."""
    prefix, colon, rest = text.partition(":")
    try:
        if colon and prefix == "base64":
            return base64.b64decode(rest, validate=True)
        if colon and prefix == "hex":
            return bytes.fromhex(rest)
        return bytes.fromhex(text[2:]) if text.startswith("\\x") else None
    except (ValueError, binascii.Error) as error:
        raise invalid(model, column, text, reason=str(error).lower()) from error


def invalid(model: str, column: Column, value: str, *, reason: str = "") -> InvalidValue:
    """The error of a value that the column cannot hold."""
    return InvalidValue(
        model,
        column.name,
        shortened(value),
        type_=column.type,
        allowed=allowed(column),
        reason=reason,
    )


def allowed(column: Column) -> str:
    """What the column takes, in words."""
    if column.labels:
        many = "an array of " if column.kind is Kind.STRUCTURE else ""
        return f"{many}{', '.join(column.labels)}"
    if column.kind is Kind.BINARY:
        return "base64:..., hex:..., \\x... or @FILE"
    if column.kind is Kind.BOOLEAN:
        return "true or false"
    if column.kind is Kind.STRUCTURE:
        return f"{column.type}, such as {column.name}:='[...]'"
    return f"at most {column.length} characters" if column.length else column.type


def shortened(text: str) -> str:
    """The beginning of a value, for a message."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def nearest(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three names that may have been meant, the nearest first."""
    names = {name.lower(): name for name in known}
    return tuple(names[near] for near in get_close_matches(text.lower(), names, n=3, cutoff=0.6))


def is_plain(text: str) -> bool:
    """Whether a database can hold the text."""
    try:
        return "\x00" not in text and bool(text.encode() or True)
    except UnicodeEncodeError:
        return False


def decoded(model: str, column: Column, content: bytes) -> str:
    """The bytes as text; raises `InvalidValue` for what is no UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise invalid(model, column, repr(content[:20]), reason="it is no UTF-8") from error
