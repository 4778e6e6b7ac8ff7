"""Identities read with the key: whose requests these are, and which requests are somebody's.

Fides finds an identity by a salted hash. Rows from before that hash, and databases without a salt,
are decrypted one by one. A value that the key does not open is None and hides no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from psycopg2 import sql

from fidesdev.adapters.identities import IdentityCipher, search_hash
from fidesdev.adapters.request_writer import stored_salt
from fidesdev.adapters.requests_catalog import Tables
from fidesdev.core.identities import Identity
from fidesdev.errors import ConfigError

IDENTITIES = "providedidentity"
FETCHED_AT_ONCE = 1000
_VALUES = """
SELECT privacy_request_id, field_name, encrypted_value FROM {}
 WHERE privacy_request_id = ANY(%s) ORDER BY privacy_request_id, field_name, id
"""
_PORTION = """
SELECT id, privacy_request_id, field_name, encrypted_value FROM providedidentity
 WHERE id > %s AND privacy_request_id IS NOT NULL AND {} ORDER BY id LIMIT %s
"""
Values = Mapping[str, str | None]
"""Kind of identity -> its value; None where the key does not open it."""


def read_values(
    tables: Tables, cipher: IdentityCipher, ids: Iterable[str], table: str = IDENTITIES
) -> dict[str, Values]:
    """What was given for each request: request id -> values."""
    if not tables.has(table, "privacy_request_id", "field_name", "encrypted_value"):
        return {}
    cursor = tables.connection.cursor()
    cursor.execute(sql.SQL(_VALUES).format(sql.Identifier(table)), (list(ids),))
    found: dict[str, dict[str, str | None]] = {}
    for request_id, kind, stored in cursor:
        found.setdefault(request_id, {})[kind] = _opened(cipher, stored)
    return dict(found)


def find_requests_of(
    tables: Tables, cipher: IdentityCipher, wanted: Iterable[Identity]
) -> tuple[str, ...]:
    """The ids of the requests that give one of the identities.

    Raises `ConfigError` when the key opens nothing that had to be opened.
    """
    sought = tuple(wanted)
    salt = stored_salt(tables, cipher)
    found = set[str]()
    if salt and tables.has(IDENTITIES, "hashed_value"):
        found.update(_by_hash(tables, sought, salt))
    found.update(_by_value(tables, cipher, sought, hashed=bool(salt)))
    return tuple(sorted(found))


def _by_hash(tables: Tables, sought: tuple[Identity, ...], salt: str) -> Iterator[str]:
    cursor = tables.connection.cursor()
    for identity in sought:
        cursor.execute(
            "SELECT privacy_request_id FROM providedidentity WHERE hashed_value = %s"
            " AND privacy_request_id IS NOT NULL AND (%s = '' OR field_name = %s)",
            (search_hash(identity.value, salt), identity.kind, identity.kind),
        )
        yield from (request_id for (request_id,) in cursor)


def _by_value(
    tables: Tables, cipher: IdentityCipher, sought: tuple[Identity, ...], *, hashed: bool
) -> Iterator[str]:
    """By opening every row that has no hash."""
    opened = closed = 0
    for request_id, kind, stored in _unhashed(tables, hashed=hashed):
        value = _opened(cipher, stored)
        opened, closed = opened + (value is not None), closed + (value is None)
        if any(one.value == value and one.kind in {"", kind} for one in sought):
            yield request_id
    if closed and not opened:
        cipher.decrypt("")  # tells that the key is another one


def _unhashed(tables: Tables, *, hashed: bool) -> Iterator[tuple[str, str, str | None]]:
    """Rows without a hash, in portions, so that memory does not grow with their number."""
    if not tables.has(IDENTITIES, "encrypted_value"):
        return
    rows = "true"
    if hashed and tables.has(IDENTITIES, "hashed_value"):
        migrated = tables.has(IDENTITIES, "is_hash_migrated")
        rows = "is_hash_migrated IS FALSE" if migrated else "hashed_value IS NULL"
    cursor, last = tables.connection.cursor(), ""
    while True:
        cursor.execute(sql.SQL(_PORTION).format(sql.SQL(rows)), (last, FETCHED_AT_ONCE))
        portion = cursor.fetchall()
        if not portion:
            return
        yield from (row[1:] for row in portion)
        last = portion[-1][0]


def _opened(cipher: IdentityCipher, stored: str | None) -> str | None:
    if stored is None:
        return None
    try:
        return cipher.decrypt(stored)
    except ConfigError:
        return None
