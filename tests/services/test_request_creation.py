"""New requests: what is written, and when nothing is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from fidesdev.adapters.identities import open_cipher, search_hash
from fidesdev.core.identities import NewRequest, parse_identities
from fidesdev.core.requests import RequestCreated
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import ConfigError, FidesdevError, MissingTable, RecordRefused, UnknownRecord
from fidesdev.render import envelope
from fidesdev.services import requests
from tests.requests_databases import (  # noqa: F401 - fixtures
    older_fixture,
    present_fixture,
    present_template_fixture,
)
from tests.requests_tables import KEY, NOW, add, ask, ask_one, policy, run, workspace

pytestmark = pytest.mark.server
ADA = parse_identities(["email=ada@example.org", "loyalty_card=77"])
COUNTS = "SELECT (SELECT count(*) FROM privacyrequest), (SELECT count(*) FROM providedidentity)"


def create(
    url: DatabaseUrl, folder: Path, *, key: str = KEY, dry_run: bool = False
) -> RequestCreated:
    """Create a request about Ada under policy `p`."""
    new = NewRequest("p", ADA, external_id="it's 5%")
    return requests.create(workspace(url, folder, key=key), new, dry_run=dry_run, now=NOW)


def test_a_new_request_is_pending_and_due_when_its_policy_says(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    policy_id = policy(present, "p", "erasure", "access", days=45)
    report = create(present, tmp_path)
    assert ask(
        present,
        "SELECT id, status::text, external_id, policy_id, source, requested_at, due_date"
        " FROM privacyrequest",
    ) == [
        (
            report.id,
            "pending",
            "it's 5%",
            policy_id,
            "request_manager",
            NOW,
            NOW + timedelta(days=45),
        )
    ]
    assert (report.actions, report.days_left) == (("access", "erasure"), 45)
    assert (report.identities, report.searchable, report.executed) == (
        ("email", "loyalty_card"),
        True,
        True,
    )


def test_identities_are_encrypted_and_hashed_with_a_salt_that_is_made_once(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    policy(present, "p")
    create(present, tmp_path)
    cipher = open_cipher(KEY)
    salt = cipher.decrypt(ask_one(present, "SELECT encrypted_value FROM identity_salt"))
    rows = ask(
        present,
        "SELECT field_name, field_label, encrypted_value, hashed_value, is_hash_migrated"
        " FROM providedidentity ORDER BY 1",
    )
    assert [(kind, label, cipher.decrypt(sealed)) for kind, label, sealed, *_ in rows] == [
        ("email", None, "ada@example.org"),
        ("loyalty_card", "loyalty_card", "77"),
    ]
    assert [row[3:] for row in rows] == [
        (search_hash("ada@example.org", salt), True),
        (search_hash("77", salt), True),
    ]
    create(present, tmp_path)
    assert ask_one(present, "SELECT count(DISTINCT hashed_value) FROM providedidentity") == 2


def test_a_salt_that_fides_made_is_used(present: DatabaseUrl, tmp_path: Path) -> None:
    policy(present, "p")
    sealed = open_cipher(KEY).encrypt("salt of Fides")
    add(present, "identity_salt", {"id": "ide_1", "encrypted_value": sealed, "single_row": True})
    create(present, tmp_path)
    hashes = ask(present, "SELECT hashed_value FROM providedidentity WHERE field_name = 'email'")
    assert hashes == [(search_hash("ada@example.org", "salt of Fides"),)]


def test_a_dry_run_says_the_same_and_writes_nothing(present: DatabaseUrl, tmp_path: Path) -> None:
    policy(present, "p", "access", days=45)
    report = create(present, tmp_path, dry_run=True)
    assert (report.id, report.executed, report.days_left) == (None, False, 45)
    assert ask(present, COUNTS) == [(0, 0)]
    assert ask(present, "SELECT 1 FROM identity_salt") == []


@pytest.mark.parametrize("key", ["", "short", "x" * 32])
@pytest.mark.parametrize("dry_run", [True, False])
def test_without_the_key_of_the_database_nothing_is_written(
    present: DatabaseUrl, tmp_path: Path, key: str, dry_run: bool
) -> None:
    policy(present, "p")
    create(present, tmp_path)
    with pytest.raises(ConfigError):
        create(present, tmp_path, key=key, dry_run=dry_run)
    assert ask(present, COUNTS) == [(1, 2)]


def test_the_key_is_compared_with_identities_where_there_is_no_salt(
    older: DatabaseUrl, tmp_path: Path
) -> None:
    policy(older, "p")
    create(older, tmp_path)
    with pytest.raises(ConfigError, match="not the key of this database"):
        create(older, tmp_path, key="x" * 32)


def test_an_unknown_policy_writes_nothing(present: DatabaseUrl, tmp_path: Path) -> None:
    policy(present, "q")
    with pytest.raises(UnknownRecord, match="'p'"):
        create(present, tmp_path)
    assert ask(present, COUNTS) == [(0, 0)]


def test_a_refused_identity_takes_the_request_with_it(present: DatabaseUrl, tmp_path: Path) -> None:
    policy(present, "p")
    run(present, "ALTER TABLE providedidentity ADD CHECK (field_name <> 'loyalty_card')")
    with pytest.raises(RecordRefused) as caught:
        create(present, tmp_path)
    assert "ada" not in f"{caught.value}{caught.value.facts}"
    assert ask(present, COUNTS) == [(0, 0)]
    assert ask(present, "SELECT 1 FROM identity_salt") == []


def test_an_older_schema_leaves_the_hash_to_fides(older: DatabaseUrl, tmp_path: Path) -> None:
    policy(older, "p")
    report = create(older, tmp_path)
    assert (report.due_date, report.searchable) == (None, False)
    assert ask(older, "SELECT DISTINCT hashed_value FROM providedidentity") == [(None,)]


def test_without_a_salt_the_identity_waits_for_the_hash_migration_of_fides(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    policy(present, "p")
    run(present, "DROP TABLE identity_salt")
    create(present, tmp_path)
    rows = ask(present, "SELECT DISTINCT hashed_value, is_hash_migrated FROM providedidentity")
    assert rows == [(None, False)]


def test_no_report_and_no_error_holds_a_value(present: DatabaseUrl, tmp_path: Path) -> None:
    policy(present, "p")
    said = envelope.success("requests create", create(present, tmp_path))
    with pytest.raises(FidesdevError) as caught:
        create(present, tmp_path, key="x" * 32)
    said += envelope.failure("requests create", caught.value)
    assert "ada@" not in said
    assert KEY not in said


def test_a_database_without_identities_cannot_take_a_request(
    older: DatabaseUrl, tmp_path: Path
) -> None:
    policy(older, "p")
    run(older, "DROP TABLE providedidentity")
    with pytest.raises(MissingTable, match="providedidentity"):
        create(older, tmp_path)
