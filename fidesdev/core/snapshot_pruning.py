"""Which snapshots go: by number, age and size, and never the one that an undo would need."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fidesdev.core.snapshots import Snapshot
from fidesdev.errors import UsageError

_AGE = re.compile(r"(\d+)\s*(h|d|w)")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|TB)", re.IGNORECASE)
_UNITS = ("B", "KB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many snapshots are to be left."""

    keep: int | None = None
    """The newest, which stay in any case."""
    older_than: timedelta | None = None
    """What is older goes."""
    max_size: int | None = None
    """Bytes of all together; the oldest go until they fit."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said."""
        return self.keep is None and self.older_than is None and self.max_size is None


@dataclass(frozen=True, slots=True)
class SnapshotsPruned:
    """The snapshots that are gone, or would be."""

    snapshots: tuple[Snapshot, ...]
    """Newest first."""
    bytes: int
    needed: tuple[Snapshot, ...]
    """Those that would have gone, and stay because `db undo` would bring their rows back."""
    kept: int
    """How many of those that were looked at are left."""
    named: bool
    """Whether those that somebody saved were looked at too."""
    executed: bool


def choose(candidates: Sequence[Snapshot], limits: Limits, now: datetime) -> tuple[Snapshot, ...]:
    """Those beyond the limits, of snapshots in the order of `newest_first`.

    The newest `keep` stay. Of the others those go that are older than the age, and the oldest ones
    until all fit into the size; where only `keep` was said, all of them.
    """
    others = candidates[limits.keep or 0 :]
    if limits.older_than is None and limits.max_size is None:
        return tuple(others) if limits.keep is not None else ()
    gone = set()
    if limits.older_than is not None:
        gone = {one for one in others if now - one.created > limits.older_than}
    if limits.max_size is not None:
        left = sum(one.bytes for one in candidates if one not in gone)
        for one in reversed(others):
            if one not in gone and left > limits.max_size:
                gone.add(one)
                left -= one.bytes
    return tuple(one for one in others if one in gone)


def split_needed(
    chosen: Sequence[Snapshot], storages: Collection[str]
) -> tuple[tuple[Snapshot, ...], tuple[Snapshot, ...]]:
    """Those that may go, and those whose storage somebody counts on."""
    return (
        tuple(one for one in chosen if one.storage not in storages),
        tuple(one for one in chosen if one.storage in storages),
    )


def parse_age(text: str) -> timedelta:
    """`30d`, `12h`, `2w`; raises `UsageError`."""
    found = _AGE.fullmatch(text.strip())
    if not found:
        raise UsageError(
            f"{text!r} is no age",
            hint="Write hours, days or weeks: 'fidesdev snapshot prune --older-than 30d'"
            " (12h, 30d, 2w).",
        )
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])


def parse_size(text: str) -> int:
    """`5GB`, `800MB` in bytes, with steps of 1024; raises `UsageError`."""
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise UsageError(
            f"{text!r} is no size",
            hint="Write a number and a unit: 'fidesdev snapshot prune --max-size 5GB'"
            " (B, kB, MB, GB, TB).",
        )
    return int(float(found[1]) * 1024 ** _UNITS.index(found[2].upper()))
