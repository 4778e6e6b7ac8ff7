"""What a person reads after `fidesdev init`."""

from __future__ import annotations

from dataclasses import replace

from fidesdev.core.initialising import Found, InitReport
from fidesdev.render.initialising import blocks
from fidesdev.render.plain import plain

INI = Found("alembic", "alembic.ini", "the only one")
OPEN = Found("runner", None, "nothing has it", ("compose:a", "compose:b"), "--runner", "Choose.")
REPORT = InitReport("/shop", "/shop/.fides.toml", (INI,), "", exists=False, executed=True)


def text(report: InitReport) -> list[str]:
    return list(plain(blocks(report)))


def test_open_choice_is_listed_with_what_to_type() -> None:
    assert text(replace(REPORT, found=(INI, OPEN), executed=False)) == [
        "alembic   alembic.ini  the only one",
        "runner    which?  nothing has it",
        "          --runner compose:a",
        "          --runner compose:b",
        "          Choose.",
        "",
        "Nothing has been written: say which is meant, with the options.",
    ]


def test_file_is_shown_with_what_to_type_next() -> None:
    shown = text(replace(REPORT, content='[database]\ndb = "shop"\n'))
    assert shown[2:6] == ["Wrote /shop/.fides.toml:", "  [database]", '  db = "shop"', ""]
    assert shown[6:8] == [
        "What to type next",
        "  fidesdev doctor                whether everything answers",
    ]


def test_file_that_is_there_is_told_what_it_lacks() -> None:
    there = replace(REPORT, exists=True, executed=False, content='[database]\ndb = "shop"\n')
    assert text(there)[2:] == [
        "/shop/.fides.toml is there, and is left as it is.",
        "It lacks:",
        "  [database]",
        '  db = "shop"',
    ]
