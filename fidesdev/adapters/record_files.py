"""Files with records: JSON lines or CSV, from a path or from standard input."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from fidesdev.core.csv_text import csv_rows
from fidesdev.core.field_values import Given, Json, Text
from fidesdev.core.json_text import parse_json
from fidesdev.errors import UsageError

STDIN = "-"


def read_content(path: Path) -> bytes:
    """The bytes of a file; raises `UsageError` where it cannot be read."""
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(str(path), error) from error


def read_records(folder: Path, source: str) -> Iterator[tuple[int, Mapping[str, Given]]]:
    """Line number and values of each record; `-` is standard input.

    A file whose first character is `{` holds JSON lines, any other one CSV with a header. Raises
    `UsageError` for a file that cannot be read, or is neither.
    """
    try:
        with _opened(folder, source) as lines:
            first = next((line for line in lines if line.strip()), "")
            rest = _Lines(first, lines)
            yield from _json_records(rest) if first.lstrip().startswith("{") else _csv(rest)
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(source, error) from error


class _Lines:
    """The lines of a file, the first of which was looked at."""

    def __init__(self, first: str, rest: Iterable[str]) -> None:
        self.first, self.rest = first, rest

    def __iter__(self) -> Iterator[str]:
        yield from filter(None, [self.first])
        yield from self.rest


@contextmanager
def _opened(folder: Path, source: str) -> Iterator[TextIO]:
    if source == STDIN:
        yield io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
        return
    with (folder / source).open(encoding="utf-8-sig", newline="") as file:
        yield file


def _json_records(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Given]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = parse_json(line)
        except ValueError as error:
            raise _malformed(number, f"it is no JSON: {error}") from error
        if not isinstance(value, dict):
            raise _malformed(number, "it is no JSON object")
        yield number, {name: Json(item) for name, item in value.items()}


def _csv(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Given]]]:
    rows = csv_rows(lines)
    _line, header = next(rows, (1, []))
    names = [name or "" for name in header]
    if len(set(names)) < len(names) or "" in names:
        raise _malformed(1, "two columns of the header have one name, or one has none")
    for number, cells in rows:
        if len(cells) != len(names):
            raise _malformed(number, f"it has {len(cells)} cells, and the header {len(names)}")
        pairs = zip(names, cells, strict=True)
        yield number, {name: Json(None) if cell is None else Text(cell) for name, cell in pairs}


def _malformed(line: int, reason: str) -> UsageError:
    return UsageError(
        f"line {line}: {reason}",
        hint="One JSON object a line, or CSV with a header; nothing was written. "
        "'fidesdev records list MODEL --format jsonl' shows the form.",
        line=line,
    )


def _unreadable(path: str, error: Exception) -> UsageError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return UsageError(
        f"{path} cannot be read: {reason}",
        hint="Name a file of UTF-8 text, or '-' for standard input; a value that begins with @ "
        "is written as JSON: FIELD:='\"@text\"'.",
        path=path,
    )
