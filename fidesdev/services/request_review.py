"""Privacy requests approved, denied, canceled, restarted, changed and deleted, by Fides' rules.

Each verb is one transaction over all requests that are chosen: either every one is changed, or
none is and the error names those that may not be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from psycopg2 import sql

from fidesdev.adapters import request_changes
from fidesdev.adapters.request_detail import find_requests
from fidesdev.adapters.request_removal import removal_effects
from fidesdev.adapters.requests_catalog import REQUESTS, Tables
from fidesdev.adapters.requests_table import find_user
from fidesdev.core.moments import parse_since
from fidesdev.core.request_filters import Selection, parse_location, parse_source
from fidesdev.core.request_review import (
    EVERYTHING,
    OWN_VERBS,
    Chosen,
    Matched,
    RequestsChange,
    Review,
    RowEffect,
    Verb,
)
from fidesdev.core.requests import ENCRYPTED
from fidesdev.core.texts import match_label
from fidesdev.errors import RequestsMoved, UnknownField, UsageError, WrongStatus
from fidesdev.services.request_selection import policy_id, selected, statuses_of
from fidesdev.services.requests import opened_requests
from fidesdev.services.workspace import Workspace

_FIXED = ("id", "created_at", "updated_at", *ENCRYPTED)
_UPDATE = Review(Verb.UPDATE)


def review(
    workspace: Workspace,
    chosen: Chosen,
    wanted: Review,
    *,
    dry_run: bool = False,
    expected: int | None = None,
    now: datetime | None = None,
) -> RequestsChange:
    """The requests after a verb of their life: approve, deny, cancel, restart, or a deletion.

    `expected` is how many a person agreed to. Raises `WrongStatus` when some may not be changed,
    `RequestsMoved` when their number is another one by now, `StillReferenced` when a removal
    would leave references dangling; nothing was written then.
    """
    moment = now or datetime.now(UTC)
    with opened_requests(workspace, autocommit=False) as tables:
        _require(tables, wanted)
        selection = _selection(workspace, tables, chosen, moment)
        matched = _looked(tables, selection, wanted, expected)
        user_id = find_user(tables, wanted.by) if wanted.by else None
        effects = removal_effects(tables, selection) if wanted.verb is Verb.ERASE else ()
        entries = 0
        if not dry_run:
            if wanted.verb is Verb.ERASE:
                count = request_changes.remove(tables, selection)
            else:
                count, entries = request_changes.review(tables, selection, wanted, user_id)
            _commit(tables, wanted.verb, matched.count, count)
        return _report(
            wanted, matched, effects=effects, entries=entries, values={}, executed=not dry_run
        )


def update(
    workspace: Workspace,
    chosen: Chosen,
    changes: Mapping[str, str | None],
    *,
    dry_run: bool = False,
    expected: int | None = None,
    now: datetime | None = None,
) -> RequestsChange:
    """The requests with other values in some columns; None is no value.

    `policy` takes a policy's key. The due date follows the policy's execution timeframe when the
    policy or the time of the request changes. Raises `UnknownField` for what is no column, and
    `UsageError` for a column that has a verb of its own, or a value that is none.
    """
    moment = now or datetime.now(UTC)
    with opened_requests(workspace, autocommit=False) as tables:
        if not changes:
            raise UsageError(
                "nothing is to be changed",
                hint="Add FIELD=VALUE: 'fidesdev requests update ID location=US-CA'.",
            )
        values = _parsed(tables, changes, moment)
        assigned = _assignments(tables, values)
        selection = _selection(workspace, tables, chosen, moment)
        matched = _looked(tables, selection, _UPDATE, expected)
        if not dry_run:
            count = request_changes.update(tables, selection, assigned)
            _commit(tables, Verb.UPDATE, matched.count, count)
        return _report(_UPDATE, matched, effects=(), entries=0, values=values, executed=not dry_run)


def _require(tables: Tables, wanted: Review) -> None:
    """Raise when this database has no such status, or no way to delete softly."""
    if wanted.transition.status:
        match_label("status", wanted.transition.status, statuses_of(tables))
    if wanted.verb is Verb.DELETE:
        tables.require(REQUESTS, "deleted_at")


def _selection(workspace: Workspace, tables: Tables, chosen: Chosen, now: datetime) -> Selection:
    if chosen.filters is not None:
        return selected(workspace, tables, chosen.filters, now)
    return Selection(EVERYTHING, now, ids=find_requests(tables, chosen.ids))


def _looked(tables: Tables, selection: Selection, wanted: Review, expected: int | None) -> Matched:
    matched = request_changes.look(tables, selection, wanted.transition)
    if matched.refused:
        allowed = tuple(sorted(wanted.transition.allowed or ()))
        raise WrongStatus(str(wanted.verb), matched.offenders, matched.refused, allowed)
    if expected is not None and matched.count != expected:
        raise RequestsMoved(str(wanted.verb), expected, matched.count)
    return matched


def _commit(tables: Tables, verb: Verb, expected: int, count: int) -> None:
    """Commit what was changed, unless others changed some of it at the same time."""
    if count != expected:
        tables.connection.rollback()
        raise RequestsMoved(str(verb), expected, count)
    tables.connection.commit()


def _report(
    wanted: Review,
    matched: Matched,
    *,
    effects: tuple[RowEffect, ...],
    entries: int,
    values: Mapping[str, object],
    executed: bool,
) -> RequestsChange:
    transition = wanted.transition
    return RequestsChange(
        verb=str(wanted.verb),
        done=transition.done,
        status=transition.status,
        count=matched.count,
        before=matched.before,
        ids=matched.ids,
        by=wanted.by,
        reason=wanted.reason,
        values=values,
        audit_entries=entries,
        effects=effects,
        dispatched=transition.dispatched,
        executed=executed,
    )


def _parsed(tables: Tables, changes: Mapping[str, str | None], now: datetime) -> dict[str, object]:
    """The values that the texts stand for."""
    columns = tables.catalog.tables[REQUESTS]
    free = tuple(name for name in columns if name not in {*_FIXED, *OWN_VERBS})
    for name in changes:
        if name in OWN_VERBS:
            raise UsageError(f"update leaves {name} alone", hint=f"{OWN_VERBS[name]}.")
    if unknown := tuple(name for name in changes if name not in {"policy", *free}):
        raise UnknownField(REQUESTS, unknown, ("policy", *free))
    return {
        name: value if name == "policy" else _value(name, columns[name].type, value, now)
        for name, value in changes.items()
    }


def _assignments(tables: Tables, values: Mapping[str, object]) -> dict[str, sql.Composable]:
    """Column -> the SQL of its new value."""
    assigned: dict[str, sql.Composable] = {
        name: sql.Literal(value) for name, value in values.items() if name != "policy"
    }
    if "policy" in values:
        policy = values["policy"]
        assigned["policy_id"] = sql.Literal(policy_id(tables, str(policy)) if policy else None)
    return assigned | _due(tables, assigned)


def _value(name: str, kind: str, text: str | None, now: datetime) -> object:
    """The value that a text stands for; what is left as text the database reads itself."""
    own: Mapping[str, Callable[[str], str]] = {"location": parse_location, "source": parse_source}
    if text is None:
        return None
    if name in own:
        return own[name](text)
    if kind.startswith("timestamp"):
        return parse_since(text, now)
    if kind in {"json", "jsonb"}:
        try:
            json.loads(text)
        except ValueError as error:
            raise UsageError(
                f"the value of {name} is no JSON", hint="Write it like '{\"key\": 1}'."
            ) from error
    return text


def _due(tables: Tables, values: Mapping[str, sql.Composable]) -> dict[str, sql.Composable]:
    """The due date that follows from another policy, or another time of the request."""
    asked = {"policy_id", "requested_at"} & values.keys()
    if not asked or "due_date" in values or not tables.has(REQUESTS, "due_date", "requested_at"):
        return {}
    if not tables.has("policy", "execution_timeframe"):
        return {}
    requested = values.get("requested_at", sql.SQL("r.requested_at"))
    policy = values.get("policy_id", sql.SQL("r.policy_id"))
    return {
        "due_date": sql.SQL(
            "(SELECT {}::timestamptz + make_interval(days => p.execution_timeframe)"
            " FROM policy AS p WHERE p.id = {} AND p.execution_timeframe > 0)"
        ).format(requested, policy)
    }
