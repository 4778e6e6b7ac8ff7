"""Privacy requests: listed, shown and created, with PostgreSQL alone and no revision files."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from fidesdev.adapters.identities import IdentityCipher, open_cipher
from fidesdev.adapters.request_detail import (
    find_request,
    read_executions,
    read_masked,
    read_policy,
    read_request,
    read_timeline,
)
from fidesdev.adapters.request_identities import read_values
from fidesdev.adapters.request_writer import (
    check_key,
    ensure_salt,
    insert_identity,
    insert_request,
)
from fidesdev.adapters.requests_catalog import Tables, opened
from fidesdev.adapters.requests_query import list_query, pages_by_policy
from fidesdev.adapters.requests_table import fields_of, read_page, stream_rows
from fidesdev.core.identities import NewRequest, due_date
from fidesdev.core.request_filters import RequestFilters
from fidesdev.core.requests import (
    STATUSES,
    GivenField,
    RequestCreated,
    RequestDetail,
    RequestList,
    RequestRow,
    days_left,
    is_overdue,
)
from fidesdev.core.texts import checked_text
from fidesdev.errors import UsageError
from fidesdev.services.request_selection import cipher_of, policy_id, selected, with_values
from fidesdev.services.workspace import Workspace

ORDINARY = RequestFilters()
LIMIT = 50
MOST = 100_000
"""The longest page; what is longer is streamed."""


def list_(
    workspace: Workspace,
    filters: RequestFilters = ORDINARY,
    *,
    limit: int | None = None,
    show_identities: bool = False,
    now: datetime | None = None,
) -> RequestList:
    """The first `limit` requests that match (by default 50), and the cursor of what follows."""
    limit = LIMIT if limit is None else limit
    if not 1 <= limit <= MOST:
        raise UsageError(
            f"--limit {limit} is not between 1 and {MOST}",
            hint="For every request: 'fidesdev requests list --all'.",
        )
    moment = now or datetime.now(UTC)
    cipher = cipher_of(workspace, wanted=show_identities)
    with opened_requests(workspace) as tables:
        selection = selected(workspace, tables, filters, moment)
        by_policy = pages_by_policy(tables, filters)
        query = list_query(tables.catalog, selection, limit=limit + 1, by_policy=by_policy)
        rows, after = read_page(tables, query, sort=filters.sort, limit=limit, now=moment)
        rows = tuple(with_values(tables, cipher, rows))
        columns = _columns(tables, show_identities=show_identities)
        return RequestList(rows, str(after) if after else None, columns)


def list_all(
    workspace: Workspace,
    filters: RequestFilters = ORDINARY,
    *,
    show_identities: bool = False,
    now: datetime | None = None,
) -> RequestList:
    """Every request that matches, in memory at once; `stream` holds one at a time."""
    moment = now or datetime.now(UTC)
    with opened_requests(workspace, autocommit=False) as tables:
        columns = _columns(tables, show_identities=show_identities)
        rows = _streamed(workspace, tables, filters, moment, show_identities=show_identities)
        return RequestList(tuple(rows), None, columns)


def stream(
    workspace: Workspace,
    filters: RequestFilters = ORDINARY,
    *,
    show_identities: bool = False,
    now: datetime | None = None,
) -> Generator[RequestRow, None, None]:
    """Every request that matches, one at a time, in memory that does not grow with their number.

    All rows belong to one moment; the connection stays open until the last one was taken.
    """
    with opened_requests(workspace, autocommit=False) as tables:
        moment = now or datetime.now(UTC)
        yield from _streamed(workspace, tables, filters, moment, show_identities=show_identities)


def show(
    workspace: Workspace,
    row_id: str,
    *,
    show_identities: bool = False,
    now: datetime | None = None,
) -> RequestDetail:
    """Everything about the request with the id, or with the only id that begins so."""
    moment = now or datetime.now(UTC)
    text = checked_text("ID", row_id)
    cipher = cipher_of(workspace, wanted=show_identities)
    with opened_requests(workspace) as tables:
        request = read_request(tables, find_request(tables, text))
        policy, rules = read_policy(tables, request.get("policy_id"))
        status, due = str(request["status"]), request.get("due_date")
        due = due if isinstance(due, datetime) else None
        known, found = STATUSES.get(status), str(request["id"])
        return RequestDetail(
            request=request,
            meaning=known.meaning if known else None,
            days_left=days_left(due, moment),
            overdue=is_overdue(status, due, moment),
            policy=policy,
            rules=rules,
            identities=_given(tables, "providedidentity", found, cipher),
            custom_fields=_given(tables, "custom_privacy_request_field", found, cipher),
            executions=read_executions(tables, found),
            timeline=read_timeline(tables, request),
            unmasked=show_identities,
        )


def create(
    workspace: Workspace, new: NewRequest, *, dry_run: bool = False, now: datetime | None = None
) -> RequestCreated:
    """A pending request with its identities, written in one transaction.

    Raises `ConfigError` without the key that the identities are encrypted with, `PackageMissing`
    without the package for it, and `UnknownRecord` for a policy that is not there.
    """
    moment = now or datetime.now(UTC)
    cipher = open_cipher(workspace.settings.app_encryption_key)
    with opened_requests(workspace, autocommit=False) as tables:
        tables.require("providedidentity", "privacy_request_id", "field_name", "encrypted_value")
        under = policy_id(tables, new.policy)
        policy, rules = read_policy(tables, under)
        due = due_date(moment, policy.execution_timeframe if policy else None)
        check_key(tables, cipher)
        row_id = None
        if not dry_run:
            row_id = insert_request(tables, new, policy_id=under, requested=moment, due=due)
            salt = ensure_salt(tables, cipher)
            for identity in new.identities:
                insert_identity(tables, cipher, identity, request_id=row_id, salt=salt)
            tables.connection.commit()
        return RequestCreated(
            id=row_id,
            status="pending",
            policy=new.policy,
            actions=tuple(sorted({rule.action for rule in rules})),
            external_id=new.external_id,
            requested_at=moment,
            due_date=due,
            days_left=days_left(due, moment),
            identities=tuple(sorted(identity.kind for identity in new.identities)),
            searchable=tables.has("identity_salt"),
            executed=not dry_run,
        )


@contextmanager
def opened_requests(workspace: Workspace, *, autocommit: bool = True) -> Iterator[Tables]:
    """Fides' tables in the workspace's database; raises `UsageError` for SQLite.

    Without autocommit all is one transaction, which the caller commits.
    """
    url = workspace.database
    if url.backend != "postgresql":
        raise UsageError(
            f"privacy requests are kept in PostgreSQL, and the database is {url.backend}",
            hint="Name one with 'fidesdev --database-url postgresql://... requests list'.",
            backend=url.backend,
        )
    with opened(url, autocommit=autocommit) as tables:
        yield tables


def _streamed(
    workspace: Workspace,
    tables: Tables,
    filters: RequestFilters,
    now: datetime,
    *,
    show_identities: bool,
) -> Iterator[RequestRow]:
    cipher = cipher_of(workspace, wanted=show_identities)
    query = list_query(tables.catalog, selected(workspace, tables, filters, now), limit=None)
    yield from with_values(tables, cipher, stream_rows(tables, query, now=now))


def _columns(tables: Tables, *, show_identities: bool) -> tuple[str, ...]:
    return fields_of(tables.catalog) + (("identity_values",) if show_identities else ())


def _given(
    tables: Tables, table: str, row_id: str, cipher: IdentityCipher | None
) -> tuple[GivenField, ...]:
    """What was given in a table, with its values where there is a key for them."""
    fields = read_masked(tables, table, row_id)
    if cipher is None:
        return fields
    values = read_values(tables, cipher, [row_id], table).get(row_id, {})
    return tuple(replace(given, value=values.get(given.field)) for given in fields)
