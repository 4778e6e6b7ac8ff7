"""What a template is found by, what is written on it, and which ones are dropped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fidesdev.core.templates import Ingredients, Label, extensions_made, stale

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
INGREDIENTS = Ingredients(
    heads=frozenset({"b"}),
    scripts={"a": b"one", "b": b"two"},
    environment={"env.py": b"run()"},
    options={"x": ("tenant=1",)},
    server={"version": 180006, "encoding": "UTF8"},
)


def label(project: str, days: int) -> Label:
    return Label(project, ("b",), 0, NOW - timedelta(days=9), NOW - timedelta(days=days))


def test_fingerprint_is_the_same_for_the_same() -> None:
    turned = replace(INGREDIENTS, scripts={"b": b"two", "a": b"one"})
    assert turned.fingerprint == INGREDIENTS.fingerprint
    assert len(INGREDIENTS.fingerprint) == 16


@pytest.mark.parametrize(
    "change",
    [
        {"heads": frozenset({"a"})},
        {"scripts": {"a": b"one", "b": b"two\n"}},
        {"scripts": {"a": b"two", "b": b"one"}},
        {"environment": {}},
        {"options": {"x": ("tenant=2",)}},
        {"server": {"version": 150018, "encoding": "UTF8"}},
        {"seed": 5},
    ],
)
def test_fingerprint_differs_where_anything_does(change: dict[str, object]) -> None:
    assert replace(INGREDIENTS, **change).fingerprint != INGREDIENTS.fingerprint  # type: ignore[arg-type]


def test_label_is_read_as_it_was_written() -> None:
    written = label("here:/a project", 3)
    assert Label.read(str(written)) == written


@pytest.mark.parametrize(
    "text", [None, "", "mine", "[]", "7", '{"fidesdev": "snapshot"}', '{"fidesdev": "template"}']
)
def test_other_comments_are_no_labels(text: str | None) -> None:
    assert Label.read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        b'op.execute("CREATE EXTENSION citext")',
        b"op.execute('create extension if not exists \"citext\" schema x')",
        b'op.execute("CREATE EXTENSION IF NOT EXISTS \\"citext\\"")',
        b"CREATE  EXTENSION\n  IF NOT EXISTS citext;",
    ],
)
def test_extensions_are_found_in_the_text_of_scripts(text: bytes) -> None:
    assert extensions_made([b"pass", text]) == {"citext"}


def test_stale_are_those_that_were_not_used_for_longest() -> None:
    labels = {f"t{days}": label("p", days) for days in range(6)}
    assert stale(labels, "p", "t5", keep=3) == ("t2", "t3", "t4")


def test_templates_of_other_projects_are_never_stale() -> None:
    labels = {f"t{days}": label("q", days) for days in range(6)}
    assert stale(labels, "p", "t0", keep=1) == ()
