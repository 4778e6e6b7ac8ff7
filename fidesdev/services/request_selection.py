"""Which requests filters mean in one database: names matched, keys and identities looked up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from fidesdev.adapters.identities import IdentityCipher, open_cipher
from fidesdev.adapters.request_conditions import needed
from fidesdev.adapters.request_identities import find_requests_of, read_values
from fidesdev.adapters.requests_catalog import REQUESTS, Tables
from fidesdev.adapters.requests_table import find_policy, has_source
from fidesdev.core.request_filters import (
    SOURCES,
    RequestFilters,
    Selection,
    match_statuses,
)
from fidesdev.core.requests import STATUSES, RequestRow
from fidesdev.core.texts import checked_text, match_label
from fidesdev.errors import UsageError
from fidesdev.services.workspace import Workspace

AT_ONCE = 1000
"""How many requests' identities are read in one go."""


def selected(
    workspace: Workspace, tables: Tables, filters: RequestFilters, now: datetime
) -> Selection:
    """The filters in the database's own spelling, with the ids that they stand for.

    Raises `MissingTable` for a column that is not there, `UsageError` for a label, `UnknownRecord`
    for a policy, and `ConfigError` without the key when an identity is looked for.
    """
    for table, column in needed(filters):
        tables.require(table, column)
    for option, text in (("--search", filters.search), ("--external-id", filters.external_id)):
        checked_text(option, text or "")
    known = statuses_of(tables)
    action, after = filters.action, filters.after
    if action is not None:
        action = match_label("action", action, tables.catalog.labels("rule", "action_type"))
    if after and after.sort.field == "status" and after.value not in known:
        raise UsageError("--after is no cursor of a list", hint="Start again without --after.")
    if filters.source:
        _check_source(tables, filters.source)
    ids = None
    if filters.identities:
        cipher = open_cipher(workspace.settings.app_encryption_key)
        ids = find_requests_of(tables, cipher, filters.identities)
    return Selection(
        replace(filters, statuses=match_statuses(filters.statuses, known), action=action),
        now,
        policy_id=policy_id(tables, filters.policy) if filters.policy else None,
        ids=ids,
    )


def statuses_of(tables: Tables) -> tuple[str, ...]:
    """The statuses that the database knows, in its order."""
    return tables.catalog.labels(REQUESTS, "status") or tuple(STATUSES)


def policy_id(tables: Tables, key: str) -> str:
    """The id of the policy with the key."""
    tables.require("policy", "id", "key")
    return find_policy(tables, checked_text("--policy", key))


def cipher_of(workspace: Workspace, *, wanted: bool) -> IdentityCipher | None:
    """What opens identities, if they are wanted."""
    return open_cipher(workspace.settings.app_encryption_key) if wanted else None


def with_values(
    tables: Tables, cipher: IdentityCipher | None, rows: Iterable[RequestRow]
) -> Iterator[RequestRow]:
    """The rows with the values of their identities, as far as the key opens them."""
    if cipher is None:
        yield from rows
        return
    portion: list[RequestRow] = []
    for row in rows:
        portion.append(row)
        if len(portion) == AT_ONCE:
            yield from _opened(tables, cipher, portion)
            portion.clear()
    yield from _opened(tables, cipher, portion)


def _opened(tables: Tables, cipher: IdentityCipher, rows: list[RequestRow]) -> Iterator[RequestRow]:
    values = read_values(tables, cipher, [row.id for row in rows])
    for row in rows:
        yield replace(row, identity_values=values.get(row.id, {}))


def _check_source(tables: Tables, source: str) -> None:
    """Fides keeps sources as plain text, so that a newer one is known by its rows only."""
    checked_text("--source", source)
    if source not in SOURCES and not has_source(tables, source):
        match_label("source", source, SOURCES)
