"""Requests with their identities and logs, made up as lines for COPY.

Every value comes from 64 random bits of the request and from its number: a batch can be made
without the batches before it. Addresses end in `example.org` and the like: nobody has them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from random import Random

from fidesdev.adapters.fake_names import Names
from fidesdev.adapters.identities import IdentityCipher, search_hash
from fidesdev.core.request_seeds import numbered, tail
from fidesdev.core.seeding import REASONS, REVIEWED, STARTED

BATCH = 10_000
"""Requests that share a random generator; a run may end within a batch."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "privacyrequest": (
        *("id", "created_at", "updated_at", "requested_at", "external_id", "status", "policy_id"),
        *("due_date", "identity_verified_at", "reviewed_at", "reviewed_by"),
        *("started_processing_at", "paused_at", "awaiting_email_send_at", "canceled_at"),
        *("cancel_reason", "finished_processing_at", "source", "location"),
    ),
    "providedidentity": (
        *("id", "created_at", "updated_at", "privacy_request_id", "field_name"),
        *("encrypted_value", "hashed_value", "is_hash_migrated"),
    ),
    "executionlog": (
        *("id", "created_at", "updated_at", "privacy_request_id", "dataset_name"),
        *("collection_name", "action_type", "status", "message"),
    ),
    "auditlog": (
        *("id", "created_at", "updated_at", "privacy_request_id", "user_id", "action", "message"),
    ),
}
"""In the order in which they are written: a row after what it refers to."""
Row = tuple[str, ...]
_NULL = "\\N"
_DAY = 24 * 3600
_HOUR = 3600
_OLDEST = 730
"""Days."""
_AHEAD = 366
"""How many days a due date may be after the newest request."""
_SOURCES = ("privacy_center",) * 5 + ("request_manager",) * 2 + ("fides_js",)
_LOCATIONS = (_NULL, _NULL, "US-CA", "US-NY", "US-CO", "DE", "FR", "GB")
_DOMAINS = ("example.org", "example.com", "example.net", "mail.example.org")
_COLLECTIONS = ("customer", "orders")
_WEIGHTS: tuple[tuple[int, Mapping[str, int]], ...] = (
    (2, {"pending": 60, "identity_unverified": 20, "awaiting_pre_approval": 12, "duplicate": 8}),
    (
        60,
        {
            "complete": 40,
            "pending": 18,
            "in_processing": 10,
            "approved": 6,
            "denied": 6,
            "canceled": 4,
            "error": 5,
            "paused": 3,
            "requires_input": 4,
            "awaiting_email_send": 2,
            "requires_manual_finalization": 2,
        },
    ),
    (
        _OLDEST + 1,
        {"complete": 82, "denied": 7, "canceled": 4, "error": 3, "in_processing": 2, "pending": 2},
    ),
)
"""Younger than so many days -> how often a status is, of 100."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy that requests are made under."""

    id: str
    days: int | None
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sealing:
    """What identities are encrypted and hashed with."""

    cipher: IdentityCipher
    salt: str | None


@dataclass(frozen=True, slots=True)
class Ground:
    """What the database and the caller give."""

    seed: int
    until: datetime
    policies: Sequence[Policy]
    """A power of two of them."""
    user_id: str | None
    statuses: frozenset[str]
    names: Names
    sealing: Sealing | None


class Generator:
    """Makes batches of lines."""

    def __init__(self, ground: Ground, columns: Mapping[str, Sequence[str]]) -> None:
        self._ground = ground
        self._pick = {table: _picker(table, present) for table, present in columns.items()}
        self._end = int(ground.until.timestamp())
        self._first_day = self._end // _DAY - _OLDEST - 2
        self._days = tuple(_day_names(self._first_day, _OLDEST + 2 + _AHEAD))
        self._times = tuple(
            f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}+00"
            for second in range(_DAY)
        )
        self._statuses = [(age, _spread(ground, weights)) for age, weights in _WEIGHTS]
        self._tails = {
            name: tail(ground.seed, name)
            for name in ("pri", "email", "phone", "aud0", "aud1", *(f"exe{n}" for n in range(8)))
        }

    def lines(self, first: int, last: int) -> dict[str, list[str]]:
        """Table -> lines for the requests with these numbers, all of one batch."""
        number = (first - 1) // BATCH
        rng = Random(f"{self._ground.seed}/{number}")  # noqa: S311 - made-up rows, no secret
        made: dict[str, list[str]] = defaultdict(list)
        begin = number * BATCH + 1
        for n in range(begin, last + 1):
            bits = rng.getrandbits(64)
            if n < first:
                continue
            for table, row in self._rows(n, bits):
                made[table].append("\t".join(self._pick[table](row)))
        return made

    def _rows(self, n: int, bits: int) -> Iterator[tuple[str, Row]]:
        """The rows of one request."""
        age = (bits & 0xFFFF) ** 2 * _OLDEST >> 32
        made = self._end - age * _DAY - 1 - (bits >> 16 & 0x1FFFF) % _DAY
        status = next(spread for limit, spread in self._statuses if age < limit)[bits >> 33 & 127]
        policies = self._ground.policies
        policy = policies[bits >> 40 & (len(policies) - 1)]
        row_id, at = numbered("pri", n, self._tails["pri"]), self._moment(made)
        yield "privacyrequest", self._request(n, bits, made, status, policy)
        if self._ground.sealing:
            yield from self._identities(n, bits, row_id, at, self._ground.sealing)
        if "executionlog" in self._pick and status in STARTED:
            yield from self._executions(n, made + 4 * _HOUR, row_id, status, policy)
        if "auditlog" in self._pick and status in REVIEWED:
            yield from self._audits(n, made, row_id, status)

    def _request(self, n: int, bits: int, made: int, status: str, policy: Policy) -> Row:
        at = self._moment(made)
        reviewed, started = status in REVIEWED, status in STARTED
        halted = self._moment(made + 5 * _HOUR)
        ended = status in {"complete", "error"}
        finished = self._moment(made + 30 * _HOUR) if ended else _NULL
        return (
            numbered("pri", n, self._tails["pri"]),
            at,
            finished if ended else at,
            at,
            f"seed-{self._ground.seed}-{n}",
            status,
            policy.id,
            self._moment(made + min(policy.days, _AHEAD) * _DAY) if policy.days else _NULL,
            _NULL if status == "identity_unverified" else at,
            self._moment(made + 3 * _HOUR) if reviewed else _NULL,
            (self._ground.user_id or _NULL) if reviewed else _NULL,
            self._moment(made + 4 * _HOUR) if started else _NULL,
            halted if status == "paused" else _NULL,
            halted if status == "awaiting_email_send" else _NULL,
            halted if status == "canceled" else _NULL,
            REASONS["canceled"] if status == "canceled" else _NULL,
            finished,
            _SOURCES[bits >> 44 & 7],
            _LOCATIONS[bits >> 47 & 7],
        )

    def _identities(
        self, n: int, bits: int, row_id: str, at: str, sealing: Sealing
    ) -> Iterator[tuple[str, Row]]:
        names = self._ground.names
        first, last = names.first[bits >> 50 & 255], names.last[bits >> 57 & 127]
        given = [("email", f"{first}.{last}{n}@{_DOMAINS[n & 3]}")]
        if n % 3 == 0:
            given.append(("phone", f"+1555{n % 10_000_000:07}"))
        for kind, value in given:
            hashed = search_hash(value, sealing.salt) if sealing.salt else _NULL
            row = (
                *(numbered("pro", n, self._tails[kind]), at, at, row_id),
                "email" if kind == "email" else "phone_number",
                *(sealing.cipher.encrypt(value), hashed, "t" if sealing.salt else "f"),
            )
            yield "providedidentity", row

    def _executions(
        self, n: int, began: int, row_id: str, status: str, policy: Policy
    ) -> Iterator[tuple[str, Row]]:
        """One collection after the other done, the last one as far as the request."""
        last = status if status in {"error", "paused", "in_processing"} else "complete"
        works = [(action, name) for action in policy.actions for name in _COLLECTIONS]
        for number, (action, collection) in enumerate(works):
            at = self._moment(began + number * 60)
            reached = last if number == len(works) - 1 else "complete"
            row = (
                *(numbered("exe", n, self._tails[f"exe{number}"]), at, at, row_id),
                *("postgres_example", collection, action, reached),
                "connection refused" if reached == "error" else "success",
            )
            yield "executionlog", row

    def _audits(self, n: int, made: int, row_id: str, status: str) -> Iterator[tuple[str, Row]]:
        """The review, and that it was finished."""
        denied, at = status == "denied", self._moment(made + 3 * _HOUR)
        ids = [numbered("aud", n, self._tails[name]) for name in ("aud0", "aud1")]
        user_id = self._ground.user_id or _NULL
        action, reason = ("denied", REASONS["denied"]) if denied else ("approved", _NULL)
        yield "auditlog", (ids[0], at, at, row_id, user_id, action, reason)
        if status == "complete":
            at = self._moment(made + 30 * _HOUR)
            yield "auditlog", (ids[1], at, at, row_id, _NULL, "finished", _NULL)

    def _moment(self, second: int) -> str:
        """The text of a time, put together from parts that were made once."""
        day, within = divmod(second, _DAY)
        return self._days[day - self._first_day] + self._times[within]


def _picker(table: str, present: Sequence[str]) -> Callable[[Row], Sequence[str]]:
    """What takes the values of the columns that a database has."""
    found = [COLUMNS[table].index(name) for name in present]
    return itemgetter(*found) if len(found) > 1 else lambda row: (row[found[0]],)


def _day_names(first: int, count: int) -> Iterator[str]:
    begin = date(1970, 1, 1) + timedelta(days=first)
    return (f"{begin + timedelta(days=n)} " for n in range(count))


def _spread(ground: Ground, weights: Mapping[str, int]) -> tuple[str, ...]:
    """128 statuses that the database knows, as often as their weights say."""
    known = {name: weight for name, weight in weights.items() if name in ground.statuses}
    total, spread = sum(known.values()) or 1, list[str]()
    for name, weight in known.items():
        spread += [name] * (weight * 128 // total)
    rest = next(iter(known), "pending")
    return tuple(spread + [rest] * (128 - len(spread)))


def start_of_day(moment: datetime) -> datetime:
    """Midnight in UTC."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
