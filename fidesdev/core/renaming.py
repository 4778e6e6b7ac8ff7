"""File names with dates or numbers, renewed so that they sort as the revisions stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

_DATE = re.compile(
    r"(?P<prefix>[a-z]*_?)(?P<year>20\d\d)(?P<gap>[-_]?)(?P<month>[01]\d)(?P=gap)(?P<day>[0-3]\d)"
    r"(?:(?P<between>[-_t]?)(?P<hour>[0-2]\d)(?P<colon>[-_]?)(?P<minute>[0-5]\d)"
    r"(?:(?P=colon)(?P<second>[0-5]\d))?)?(?=[-_])"
)
_NUMBER = re.compile(r"(?P<number>\d{2,6})(?=[-_])")


def renewed_names(
    own: Mapping[str, str], below: Iterable[str], others: Iterable[str], now: datetime
) -> Mapping[str, str]:
    """By revision, the new names of files that would sort before those they stand on.

    `own` are the names of the moved revisions' files and of those above them, lower ones first;
    `below` those of the files that they stand on, and `others` those of all other files. A number
    that the id begins with is part of the id.
    """
    for renewed in (_dated(own, below, now), _numbered(own, others)):
        if found := dict(renewed):
            return found
    return {}


def _dated(
    own: Mapping[str, str], below: Iterable[str], now: datetime
) -> Iterator[tuple[str, str]]:
    latest = max((match[0] for name in below if (match := _DATE.match(name))), default=None)
    if latest is None:
        return
    for number, (id_, name) in enumerate(own.items()):
        match = _DATE.match(name)
        if match and (number or match[0] <= latest):
            yield id_, _stamp(match, now + timedelta(minutes=number)) + name[match.end() :]
        elif not match or not number:
            return


def _numbered(own: Mapping[str, str], others: Iterable[str]) -> Iterator[tuple[str, str]]:
    taken = [match["number"] for name in others if (match := _number(name))]
    if not taken:
        return
    highest = max(map(int, taken))
    for id_, name in own.items():
        match = _number(name)
        if match is None or id_.startswith(match["number"]):
            return
        number, width = int(match["number"]), len(match["number"])
        if number <= highest:
            number = highest + 1
            yield id_, f"{number:0{width}d}{name[match.end() :]}"
        highest = number


def _number(name: str) -> re.Match[str] | None:
    return None if _DATE.match(name) else _NUMBER.match(name)


def _stamp(like: re.Match[str], when: datetime) -> str:
    """The time in the way that the name has it: with or without minutes, with its separators."""
    gap, colon = like["gap"], like["colon"] or ""
    text = f"{like['prefix']}{when:%Y}{gap}{when:%m}{gap}{when:%d}"
    if like["hour"] is None:
        return text
    text += f"{like['between']}{when:%H}{colon}{when:%M}"
    return text if like["second"] is None else f"{text}{colon}{when:%S}"
