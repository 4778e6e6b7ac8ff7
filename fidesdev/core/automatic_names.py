"""What snapshots are called that are taken without being asked for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from itertools import chain, count

_LONGEST = 100


def automatic_name(command: str, moment: datetime, taken: Collection[str] = ()) -> str:
    """The name of a snapshot that is taken before a command, unlike those `taken`.

    >>> automatic_name("db goto base", datetime(2026, 11, 22, 22, 15, 30))
    'before-goto-base-2026-11-22-221530'
    >>> automatic_name("db goto -1", datetime(2026, 11, 22, 22, 15, 30))
    'before-goto-minus-1-2026-11-22-221530'
    """
    words = "".join(letter if letter.isprintable() else " " for letter in command).split()
    what = "-".join(_spelled(word) for word in words if word != "db")[:_LONGEST]
    name = f"before-{what}-{moment:%Y-%m-%d-%H%M%S}"
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(one for one in names if one not in taken)


def _spelled(word: str) -> str:
    """The word; a relative REV such as `-1` without the minus sign, which separates words here."""
    if word == "-":
        return "last"
    return f"minus-{word[1:]}" if word.startswith("-") else word
