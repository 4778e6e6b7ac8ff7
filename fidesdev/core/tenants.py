"""Many databases, or schemas of one database, that a verb is run on: which, and how each fared."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from fidesdev.core.target import PREVIOUS, Target
from fidesdev.core.url import parse_url
from fidesdev.errors import UsageError

_QUERY = re.compile(r"\s*\(*\s*(select|with|values|table)\b", re.IGNORECASE)
_SHARD = re.compile(r"([0-9]{1,6})/([0-9]{1,6})", re.ASCII)


class Outcome(StrEnum):
    """How one tenant fared; only a failure fails the command."""

    UNCHANGED = "unchanged"
    """It is where it should be."""
    PENDING = "pending"
    """It would be moved."""
    DONE = "done"
    FAILED = "failed"
    """Refused or failed, as its code says; none of its plan was kept unless the message tells."""
    INTERRUPTED = "interrupted"
    """It was at work when Ctrl-C came, and was rolled back."""
    NOT_STARTED = "not_started"
    """It was not begun, because of Ctrl-C or of a failure with `--fail-fast`."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of several, counted from 1; every name belongs to exactly one."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def has(self, name: str) -> bool:
        """Whether the name is in it: by the name alone, so that another tenant moves none."""
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8]) % self.count == self.number - 1


WHOLE = Shard(1, 1)


@dataclass(frozen=True, slots=True)
class TenantReport:
    """One tenant: a database, or a schema of one."""

    tenant: str
    """As it was listed; a URL without its password."""
    outcome: Outcome
    before: frozenset[str] | None = None
    """Its rows of the version table; null where nobody could look."""
    after: frozenset[str] | None = None
    """Where it is now, or would be; null where that is not known."""
    steps: int = 0
    """How many scripts ran, or would run."""
    downgraded: tuple[str, ...] = ()
    """The revisions that are unapplied, in that order."""
    seconds: float = 0.0
    snapshot: str | None = None
    """The snapshot that holds it as it was before."""
    note: str | None = None
    """Why no snapshot was taken, or nothing was to be done, where that may surprise."""
    code: str | None = None
    """Of its error."""
    message: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class FanoutReport:
    """What a verb did, or would do, to many tenants."""

    target: str
    """The REV that they were to be moved to."""
    tenants: tuple[TenantReport, ...]
    """In the order of the list."""
    counts: dict[str, int]
    """How many tenants have each outcome."""
    executed: bool
    seconds: float = 0.0
    shard: str | None = None
    """`I/N` where only a part of the list was meant."""
    interrupted: bool = False
    """Whether Ctrl-C came before all were done."""

    @property
    def exit_code(self) -> int:
        """130 after Ctrl-C, 1 where a tenant failed, else 0."""
        if self.interrupted:
            return 130
        return 1 if self.counts[Outcome.FAILED] else 0

    @property
    def is_settled(self) -> bool:
        """Whether every tenant is where it should be."""
        return all(one.outcome in {Outcome.UNCHANGED, Outcome.DONE} for one in self.tenants)


@dataclass(frozen=True, slots=True)
class TenantFinished:
    """The event that one tenant is through; `number` counts from 1."""

    tenant: TenantReport
    number: int
    total: int


def parse_list(text: str) -> tuple[str, ...]:
    """The names of a list with one a line, each once; `#` begins a comment line."""
    lines = (line.strip() for line in text.removeprefix("\ufeff").split("\n"))
    return distinct(line for line in lines if line and not line.startswith("#"))


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The names, each once, in order; of URLs that differ in their password the first."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(shown(name), name)
    return tuple(found.values())


def is_url(name: str) -> bool:
    """Whether a tenant is named by its whole URL."""
    return "://" in name


def shown(name: str) -> str:
    """The tenant as it is told; raises `InvalidUrl` for a URL that is none."""
    return str(parse_url(name)) if is_url(name) else name


def is_query(text: str) -> bool:
    """Whether the text is a SELECT rather than the path of a file."""
    return _QUERY.match(text) is not None


def parse_shard(text: str) -> Shard:
    """Read `I/N`; raises `UsageError`."""
    found = _SHARD.fullmatch(text)
    shard = Shard(int(found[1]), int(found[2])) if found else Shard(0, 0)
    if not 1 <= shard.number <= shard.count:
        raise UsageError(
            f"{text!r} is no shard: wanted is I/N with I from 1 to N",
            hint="Type '--shard 1/4' for the first of four; a count from 0 needs 1 added to it.",
            text=text,
        )
    return shard


def require_absolute(target: Target) -> None:
    """Raise `UsageError` for a target that is another one once a database was moved."""
    if target.anchor in {"current", PREVIOUS}:
        raise UsageError(
            f"{target.text!r} is relative to each database, so that the same command, given again"
            " for those that failed, would move the others further",
            hint="Name where all of them are to stand: 'heads', an id, 'base' or LABEL@head;"
            " 'fidesdev db history' lists the revisions.",
            text=target.text,
        )


def summary(
    target: str, tenants: Iterable[TenantReport], *, executed: bool, shard: Shard = WHOLE
) -> FanoutReport:
    """The report of all tenants."""
    listed = tuple(tenants)
    outcomes = [one.outcome for one in listed]
    counts = {outcome.value: outcomes.count(outcome) for outcome in Outcome}
    part = None if shard == WHOLE else str(shard)
    return FanoutReport(target, listed, counts, executed, shard=part)
