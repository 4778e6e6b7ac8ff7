"""The JSON document around every result and error."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import PurePosixPath
from typing import Any

import pytest

from fidesdev.errors import AmbiguousRevision, Declined
from fidesdev.render.envelope import failure, plain, success


class Colour(Enum):
    RED = "red"


class Word(StrEnum):
    UP = "up"


@dataclass(frozen=True, slots=True)
class Inner:
    where: PurePosixPath


@dataclass(frozen=True, slots=True)
class Report:
    ids: frozenset[str]
    inner: tuple[Inner, ...]
    facts: dict[str, Any]


def test_success_has_the_report_as_data() -> None:
    report = Report(frozenset("cab"), (Inner(PurePosixPath("a/b")),), {"ü": None})
    assert json.loads(success("db x", report)) == {
        "fidesdev": 1,
        "command": "db x",
        "ok": True,
        "data": {"ids": ["a", "b", "c"], "inner": [{"where": "a/b"}], "facts": {"ü": None}},
        "error": None,
    }


def test_finding_is_not_ok_and_no_error() -> None:
    document = json.loads(success("db x", Inner(PurePosixPath("a")), finding=True))
    assert (document["ok"], document["data"], document["error"]) == (False, {"where": "a"}, None)


def test_failure_has_the_facts_beside_the_message() -> None:
    error = AmbiguousRevision("ab", ("ab1", "ab2"))
    assert json.loads(failure("db goto", error)) == {
        "fidesdev": 1,
        "command": "db goto",
        "ok": False,
        "data": None,
        "error": {
            "code": "ambiguous_revision",
            "message": "'ab' can mean 2 revisions",
            "hint": "Name one of them: ab1, ab2.",
            "text": "ab",
            "candidates": ["ab1", "ab2"],
        },
    }
    assert json.loads(failure("db goto", Declined()))["error"]["hint"] is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 6), "2026-01-02T03:04:05.000006Z"),
        (
            datetime(2026, 1, 2, 1, tzinfo=timezone(timedelta(hours=2))),
            "2026-01-01T23:00:00Z",
        ),
        (date(2026, 1, 2), "2026-01-02"),
        (Decimal("1.50"), "1.50"),
        (Colour.RED, "red"),
        (Word.UP, "up"),
        (b"\x00\xff", "00ff"),
        (memoryview(b"\x01"), "01"),
        ({1: {"b", "a"}}, {"1": ["a", "b"]}),
        (True, True),
        (1.5, 1.5),
    ],
)
def test_every_value_has_one_form(value: object, expected: object) -> None:
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)


def test_nothing_in_a_document_controls_a_terminal_or_is_no_character() -> None:
    hostile = "\x1b]0;t\x07\x7f\x9b31m\ud800é"
    text = success("db show", {"message": hostile})
    assert json.loads(text)["data"] == {"message": hostile}
    assert all(one == "\n" or one.isprintable() for one in text)
    assert "é" in text
