"""Rows of Fides' tables, written and read without the code that is tested."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from fidesdev.config import Flags
from fidesdev.core.url import DatabaseUrl
from fidesdev.services.workspace import Workspace, open_workspace

KEY = "a key of thirty-two bytes, exact"
NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)


def run(url: DatabaseUrl, statement: str, values: Sequence[Any] = ()) -> None:
    """Run statements and commit them."""
    with closing(psycopg2.connect(url.render())) as connection:
        connection.cursor().execute(statement, values or None)
        connection.commit()


def ask(url: DatabaseUrl, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with closing(psycopg2.connect(url.render())) as connection:
        cursor = connection.cursor()
        cursor.execute(query)
        return cursor.fetchall()


def ask_one(url: DatabaseUrl, query: str) -> Any:
    """The only value of a query."""
    ((value,),) = ask(url, query)
    return value


def add(url: DatabaseUrl, table: str, *rows: dict[str, Any]) -> None:
    """Insert rows."""
    with closing(psycopg2.connect(url.render())) as connection:
        for row in rows:
            connection.cursor().execute(
                sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    sql.Identifier(table),
                    sql.SQL(", ").join(map(sql.Identifier, row)),
                    sql.SQL(", ").join(map(sql.Literal, row.values())),
                )
            )
        connection.commit()


def request(name: str, **values: Any) -> dict[str, Any]:
    """A row of `privacyrequest`, by default pending and made at `NOW`."""
    return {"id": f"pri_{name}", "status": "pending", "created_at": NOW, **values}


def policy(url: DatabaseUrl, key: str, *actions: str, days: int | None = None) -> str:
    """The id of a new policy with a rule for each action."""
    timeframe = {} if days is None else {"execution_timeframe": days}
    add(url, "policy", {"id": f"pol_{key}", "key": key, "name": key.title(), **timeframe})
    for action in actions:
        rule = f"{key}_{action}"
        values = {"id": f"rul_{rule}", "key": rule, "name": rule.title(), "action_type": action}
        add(url, "rule", {**values, "policy_id": f"pol_{key}"})
    return f"pol_{key}"


def ago(days: float) -> datetime:
    """That many days before `NOW`."""
    return NOW - timedelta(days=days)


def workspace(url: DatabaseUrl, folder: Path, *, key: str = "") -> Workspace:
    """A workspace that knows nothing but the database, and perhaps the key."""
    environ = {"FIDES__SECURITY__APP_ENCRYPTION_KEY": key} if key else {}
    return open_workspace(Flags(database_url=url.render()), environ=environ, cwd=folder)
