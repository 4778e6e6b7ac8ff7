"""Names that tell what a snapshot was taken before."""

from __future__ import annotations

from datetime import datetime

import pytest

from fidesdev.core.automatic_names import automatic_name

NOON = datetime(2026, 11, 22, 12, 0, 0)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("db goto base", "before-goto-base-2026-11-22-120000"),
        ("db sync", "before-sync-2026-11-22-120000"),
        ("db goto -1", "before-goto-minus-1-2026-11-22-120000"),
        ("db goto -", "before-goto-last-2026-11-22-120000"),
        ("db goto head-1", "before-goto-head-1-2026-11-22-120000"),
        ("db goto git:feature/one two", "before-goto-git:feature/one-two-2026-11-22-120000"),
        ("db goto a\tb\x00c", "before-goto-a-b-c-2026-11-22-120000"),
    ],
)
def test_name_tells_the_command_and_the_time(command: str, name: str) -> None:
    assert automatic_name(command, NOON) == name


def test_second_one_in_a_second_is_numbered() -> None:
    first = automatic_name("db undo", NOON)
    second = automatic_name("db undo", NOON, {first})
    assert second == f"{first}-2"
    assert automatic_name("db undo", NOON, {first, second}) == f"{first}-3"


def test_long_command_is_cut() -> None:
    assert len(automatic_name("db goto " + "x" * 500, NOON)) <= 200
