"""Made-up privacy requests by the million, for looking at how things behave with many."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from fidesdev.adapters.fake_names import make_names
from fidesdev.adapters.index_pauses import estimated_rows, without_indexes
from fidesdev.adapters.request_copying import (
    analyze,
    copy_requests,
    numbers_present,
    writable,
)
from fidesdev.adapters.request_generator import (
    BATCH,
    Generator,
    Ground,
    Policy,
    Sealing,
    start_of_day,
)
from fidesdev.adapters.request_writer import ensure_salt
from fidesdev.adapters.requests_catalog import REQUESTS, Tables
from fidesdev.core.request_seeds import RequestsSeeded, Wanted, Written, tail
from fidesdev.core.seeding import POLICIES
from fidesdev.errors import UsageError
from fidesdev.services.request_selection import statuses_of
from fidesdev.services.requests import opened_requests
from fidesdev.services.seeding import cipher_for, insert_policy, insert_user
from fidesdev.services.workspace import Workspace

_MANY = 50_000
"""From so many on, and where the tables grow to twice their size, indexes are made afterwards."""
_EVERY = 2.0
"""Seconds between two words about how far it is."""


def seed_requests(
    workspace: Workspace,
    wanted: Wanted,
    *,
    dry_run: bool = False,
    on_progress: Callable[[Written], None] = lambda _written: None,
) -> RequestsSeeded:
    """Write requests 1 to N of a seed with identities and logs, in one transaction, through COPY.

    Those that an earlier run wrote stay, and the numbers behind them are added; the same seed,
    number and `until` make the same rows, but for what encryption adds. Raises `UsageError` when
    some in between were removed, `PackageMissing` without Faker, `MissingTable`, `RecordRefused`.
    """
    began = time.monotonic()
    with opened_requests(workspace, autocommit=False) as tables:
        tables.require("policy", "id", "key")
        tables.require("rule", "policy_id", "action_type")
        planned = _planned(workspace, tables, wanted)
        if dry_run or not planned.requests:
            return planned
        columns = {table: writable(tables)[table] for table in planned.tables}
        generator = Generator(_ground(workspace, tables, planned), columns)
        many = planned.requests >= max(_MANY, estimated_rows(tables, REQUESTS))
        with without_indexes(tables, columns if many else ()):
            rows = copy_requests(
                tables,
                generator,
                columns,
                range(planned.first, planned.first + planned.requests),
                on_batch=_now_and_then(planned.requests, began, on_progress),
            )
        analyze(tables, columns)
        tables.connection.commit()
        seconds = round(time.monotonic() - began, 3)
        return replace(planned, rows=rows, executed=True, seconds=seconds)


def _planned(workspace: Workspace, tables: Tables, wanted: Wanted) -> RequestsSeeded:
    count, least, most = numbers_present(tables, tail(wanted.seed, "pri"))
    if count and (least, most) != (1, count):
        raise UsageError(
            f"some of the requests 1 to {most} of seed {wanted.seed} are there and some are not",
            hint=f"Take another seed: 'fidesdev db seed --requests {wanted.requests}"
            f" --seed {wanted.seed + 1}'.",
        )
    cipher, note = cipher_for(tables, workspace.settings.app_encryption_key)
    if wanted.bare:
        cipher, note = None, None
    found = (REQUESTS,) if wanted.bare else tuple(writable(tables))
    return RequestsSeeded(
        requests=max(wanted.requests - count, 0),
        first=count + 1,
        seed=wanted.seed,
        until=wanted.until or start_of_day(datetime.now(UTC)),
        tables=tuple(table for table in found if cipher or table != "providedidentity"),
        rows={},
        note=note,
        executed=False,
    )


def _ground(workspace: Workspace, tables: Tables, planned: RequestsSeeded) -> Ground:
    """What the rows refer to, written where it is missing."""
    for policy in POLICIES:
        insert_policy(tables, policy)
    _count, user_id = insert_user(tables)
    return Ground(
        seed=planned.seed,
        until=planned.until,
        policies=tuple(_policy(tables, policy.key, policy.actions) for policy in POLICIES),
        user_id=user_id,
        statuses=frozenset(statuses_of(tables)),
        names=make_names(planned.seed),
        sealing=_sealing(workspace, tables) if "providedidentity" in planned.tables else None,
    )


def _sealing(workspace: Workspace, tables: Tables) -> Sealing | None:
    cipher, _note = cipher_for(tables, workspace.settings.app_encryption_key)
    return Sealing(cipher, ensure_salt(tables, cipher)) if cipher else None


def _policy(tables: Tables, key: str, actions: tuple[str, ...]) -> Policy:
    (row,) = tables.select("policy", ("id", "execution_timeframe"), ("key", key))
    known = tables.catalog.labels("executionlog", "action_type")
    logged = tuple(action for action in actions if action in known)
    return Policy(row["id"], row["execution_timeframe"], logged)


def _now_and_then(
    total: int, began: float, tell: Callable[[Written], None]
) -> Callable[[int], None]:
    """What tells how far it is, but not at every batch."""
    told = began

    def heard(done: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= _EVERY and total > BATCH:
            told = now
            tell(Written(done, total, now - began))

    return heard
