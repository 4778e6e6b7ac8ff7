"""Requests written by the server itself: COPY makes the lines, and they are only passed on.

Times are UTC as PostgreSQL writes them: any other form would cost a third of the speed. Encrypted
columns are left out. An identity's values are opened line by line, so that one that the key does
not open is null and hides no other.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from psycopg2 import sql

from fidesdev.adapters.identities import IdentityCipher
from fidesdev.adapters.request_conditions import overdue, where
from fidesdev.adapters.requests_catalog import REQUESTS, Tables
from fidesdev.core.request_filters import Selection, Sort
from fidesdev.core.request_reports import Suffix
from fidesdev.core.requests import ENCRYPTED
from fidesdev.errors import ConfigError

VALUES = "identity_values"
_FIRST = (
    *("id", "external_id", "status", "policy", "actions", "requested_at"),
    *("due_date", "days_left", "overdue", "source", "created_at"),
)
"""The columns of a list come first; the rest of the table follows."""
_COPY = {
    Suffix.CSV: "COPY ({}) TO STDOUT (FORMAT csv, HEADER)",
    # these quotes and separators occur in no JSON text, so that every line is one
    Suffix.JSONL: "COPY (SELECT row_to_json(exported) FROM ({}) AS exported) TO STDOUT"
    " (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')",
}
_LISTED = {
    Suffix.CSV: "string_agg(DISTINCT action_type::text, '+' ORDER BY action_type::text)",
    Suffix.JSONL: "array_agg(DISTINCT action_type::text ORDER BY action_type::text)",
}
_ACTIONS = """
 LEFT JOIN (SELECT policy_id, {} AS actions FROM rule GROUP BY 1) AS u
        ON u.policy_id = r.policy_id
"""


@dataclass(frozen=True, slots=True)
class Export:
    """What to write, and how."""

    format: Suffix
    sort: Sort | None = None
    """None: in the order of the table, which needs no sorting."""
    cipher: IdentityCipher | None = None
    """What opens identities, if they are wanted."""


def copy_requests(
    tables: Tables, selection: Selection, wanted: Export, target: BinaryIO
) -> tuple[int, tuple[str, ...]]:
    """Write the selected requests to the target; how many they were, and their columns."""
    made = _made(tables, selection, wanted)
    columns = dict(_projection(tables, made, wanted))
    query = sql.SQL("SELECT {} FROM privacyrequest AS r{} WHERE {}{}").format(
        sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(value, sql.Identifier(name))
            for name, value in columns.items()
        ),
        _joined(made, wanted),
        where(tables.catalog, selection),
        _order(wanted.sort),
    )
    sink: Any = target
    if wanted.cipher:
        sink = _Opening(target, wanted.cipher, wanted.format)
    cursor = tables.connection.cursor()
    cursor.execute("SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'")
    cursor.copy_expert(sql.SQL(_COPY[wanted.format]).format(query), sink)
    return cursor.rowcount, tuple(columns)


class _Opening:
    """Passes on lines of COPY, with the ciphertexts in their last column opened."""

    def __init__(self, target: BinaryIO, cipher: IdentityCipher, format_: Suffix) -> None:
        self._target = target
        self._cipher = cipher
        self._open = self._csv if format_ is Suffix.CSV else self._json
        self._is_header = format_ is Suffix.CSV

    def write(self, line: bytes) -> None:
        """Pass on one line; COPY gives one at a time."""
        if self._is_header:
            self._is_header = False
            self._target.write(line)
        else:
            self._target.write(self._open(line.decode()).encode())

    def _csv(self, line: str) -> str:
        cells = next(csv.reader([line]))
        cells[-1] = json.dumps(self._opened(json.loads(cells[-1] or "{}")), ensure_ascii=False)
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(cells)
        return text.getvalue()

    def _json(self, line: str) -> str:
        record = json.loads(line)
        record[VALUES] = self._opened(record[VALUES] or {})
        return json.dumps(record, ensure_ascii=False) + "\n"

    def _opened(self, stored: dict[str, str | None]) -> dict[str, str | None]:
        values: dict[str, str | None] = {}
        for kind, ciphertext in stored.items():
            try:
                values[kind] = self._cipher.decrypt(ciphertext or "")
            except ConfigError:
                values[kind] = None
        return values


def _projection(
    tables: Tables, made: Mapping[str, sql.Composable], wanted: Export
) -> Iterator[tuple[str, sql.Composable]]:
    """Every column with its value, in order."""
    columns = tables.catalog.tables[REQUESTS]
    stored = [
        name for name, column in columns.items() if column.type != "bytea" and name not in ENCRYPTED
    ]
    for name in (*_FIRST, *(name for name in stored if name not in _FIRST)):
        if name in made:
            yield name, made[name]
        elif name in stored:
            yield name, sql.SQL("r.{}").format(sql.Identifier(name))
    if wanted.cipher and VALUES in made:
        yield VALUES, made[VALUES]


def _made(tables: Tables, selection: Selection, wanted: Export) -> dict[str, sql.Composable]:
    """The columns that are no column of the table, as far as this database can fill them."""
    made: dict[str, sql.Composable] = {}
    if tables.has(REQUESTS, "policy_id") and tables.has("policy", "id", "key"):
        made["policy"] = sql.SQL("p.key")
    if tables.has(REQUESTS, "policy_id") and tables.has("rule", "policy_id", "action_type"):
        made["actions"] = sql.SQL("u.actions")
    if tables.has(REQUESTS, "due_date"):
        late = sql.SQL("coalesce({}, false)").format(overdue(tables.catalog, selection))
        made["days_left"] = sql.SQL("r.due_date::date - {}").format(
            sql.Literal(selection.now.date())
        )
        is_csv = wanted.format is Suffix.CSV
        made["overdue"] = sql.SQL("({})::text" if is_csv else "{}").format(late)
    if tables.has("providedidentity", "privacy_request_id", "field_name", "encrypted_value"):
        made[VALUES] = sql.SQL(
            "(SELECT json_object_agg(i.field_name, i.encrypted_value) FROM providedidentity AS i"
            " WHERE i.privacy_request_id = r.id)"
        )
    return made


def _joined(made: Mapping[str, sql.Composable], wanted: Export) -> sql.Composable:
    """The tables that `_made` speaks of, each with one row for a request at most."""
    joined: list[sql.Composable] = []
    if "policy" in made:
        joined.append(sql.SQL(" LEFT JOIN policy AS p ON p.id = r.policy_id"))
    if "actions" in made:
        joined.append(sql.SQL(_ACTIONS).format(sql.SQL(_LISTED[wanted.format])))
    return sql.Composed(joined)


def _order(sort: Sort | None) -> sql.Composable:
    if sort is None:
        return sql.SQL("")
    direction = sql.SQL("DESC" if sort.descending else "ASC")
    return sql.SQL(" ORDER BY r.{} {} NULLS LAST, r.id").format(
        sql.Identifier(sort.field), direction
    )
