"""Reports and errors as one JSON document with a fixed outer shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any

from fidesdev.errors import FidesdevError

VERSION = 1
_ESCAPED = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), *range(0xD800, 0xE000))}
"""What JSON need not escape, and yet controls a terminal or is no character."""


def success(command: str, report: object, *, finding: bool = False) -> str:
    """The document of a report; a finding is not ok, and not an error either."""
    return _document(command, ok=not finding, data=plain(report), error=None)


def failure(command: str, error: FidesdevError) -> str:
    """The document of an expected failure, its facts beside code, message and hint."""
    detail = {"code": error.code, "message": str(error), "hint": error.hint, **plain(error.facts)}
    return _document(command, ok=False, data=None, error=detail)


def plain(value: Any) -> Any:
    """The value in JSON's types: sets sorted, times in UTC, everything else as text."""
    if value is None or isinstance(value, bool | int | float) or type(value) is str:
        return value
    if fields := getattr(value, "__dataclass_fields__", None):
        return {name: plain(getattr(value, name)) for name in fields}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return _text(value)


def _text(value: object) -> str:
    match value:
        case Enum():
            return str(value.value)
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
        case PurePath() | Decimal():
            return str(value)
        case bytes() | memoryview():
            return bytes(value).hex()
    return str(value)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with `Z`; a time without a zone is taken for UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _document(command: str, *, ok: bool, data: Any, error: Any) -> str:
    document = {"fidesdev": VERSION, "command": command, "ok": ok, "data": data, "error": error}
    return json.dumps(document, indent=2, ensure_ascii=False).translate(_ESCAPED)
