"""New requests written as Fides writes them, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from psycopg2 import sql

from fidesdev.adapters.identities import IdentityCipher, new_salt, search_hash
from fidesdev.adapters.requests_catalog import REQUESTS, Tables
from fidesdev.core.identities import Identity, NewRequest

SOURCE = "request_manager"
"""What Fides' own Admin UI sends for a request that an operator enters by hand."""


def insert(tables: Tables, table: str, values: Mapping[str, Any]) -> bool:
    """Insert a row, leaving out columns that are not there; False when it conflicts with one."""
    present = {name: value for name, value in values.items() if tables.has(table, name)}
    cursor = tables.connection.cursor()
    cursor.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, present)),
            sql.SQL(", ").join(map(sql.Literal, present.values())),
        )
    )
    return cursor.rowcount == 1


def insert_request(
    tables: Tables, new: NewRequest, *, policy_id: str, requested: datetime, due: datetime | None
) -> str:
    """Insert a pending request; its id."""
    row_id = f"pri_{uuid4()}"
    values = {
        "id": row_id,
        "external_id": new.external_id,
        "requested_at": requested,
        "due_date": due,
        "status": "pending",
        "policy_id": policy_id,
        "source": SOURCE,
    }
    insert(tables, REQUESTS, values)
    return row_id


def insert_identity(
    tables: Tables,
    cipher: IdentityCipher,
    identity: Identity,
    *,
    request_id: str,
    salt: str | None,
    row_id: str | None = None,
) -> bool:
    """Insert an encrypted identity; False when the id is there already.

    Without a salt there is no hash, and `is_hash_migrated` stays false, so that Fides' own
    background migration adds the hash later.
    """
    values = {
        "id": row_id or f"pro_{uuid4()}",
        "privacy_request_id": request_id,
        "field_name": identity.kind,
        "field_label": identity.label,
        "encrypted_value": cipher.encrypt(identity.value),
        "hashed_value": search_hash(identity.value, salt) if salt else None,
        "is_hash_migrated": salt is not None,
    }
    return insert(tables, "providedidentity", values)


def check_key(tables: Tables, cipher: IdentityCipher) -> None:
    """Raise `ConfigError` when what the database holds was encrypted with another key.

    One row under a wrong key makes Fides fail to list every request.
    """
    for table in ("identity_salt", "providedidentity"):
        stored = _any_encrypted(tables, table)
        if stored is not None:
            cipher.decrypt(stored)
            return


def ensure_salt(tables: Tables, cipher: IdentityCipher) -> str | None:
    """The salt of the database's search hashes, made like Fides does when there is none yet.

    None when an older schema has no table for it.
    """
    if not tables.has("identity_salt", "encrypted_value", "single_row"):
        return None
    if _any_encrypted(tables, "identity_salt") is None:
        encrypted = cipher.encrypt(new_salt())
        values = {"id": f"ide_{uuid4()}", "encrypted_value": encrypted, "single_row": True}
        insert(tables, "identity_salt", values)  # another process's salt wins
    return stored_salt(tables, cipher)


def stored_salt(tables: Tables, cipher: IdentityCipher) -> str | None:
    """The salt of the database's search hashes; None where there is none."""
    stored = _any_encrypted(tables, "identity_salt")
    return cipher.decrypt(stored) if stored else None


def _any_encrypted(tables: Tables, table: str) -> str | None:
    if not tables.has(table, "encrypted_value"):
        return None
    cursor = tables.connection.cursor()
    cursor.execute(
        sql.SQL("SELECT encrypted_value FROM {} WHERE encrypted_value IS NOT NULL LIMIT 1").format(
            sql.Identifier(table)
        )
    )
    found = cursor.fetchone()
    return str(found[0]) if found else None
