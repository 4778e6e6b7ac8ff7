"""The sample in real databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from fidesdev.adapters.identities import open_cipher
from fidesdev.core.requests import STATUSES
from fidesdev.core.seeding import SAMPLES
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import MissingTable, RecordRefused
from fidesdev.services import requests, seeding
from tests.requests_databases import (  # noqa: F401 - fixtures
    older_fixture,
    present_fixture,
    present_template_fixture,
)
from tests.requests_tables import KEY, NOW, add, ask, ask_one, policy, run, workspace

pytestmark = pytest.mark.server
REQUESTS = "SELECT count(*) FROM privacyrequest"


def test_the_sample_lists_every_status_with_overdue_and_due_ones(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    space = workspace(present, tmp_path, key=KEY)
    report = seeding.seed(space, now=NOW)
    rows = requests.list_(space, now=NOW).requests
    assert {row.status for row in rows} == set(STATUSES)
    assert any(row.overdue for row in rows)
    assert all(row.policy and row.actions and row.identities for row in rows)
    assert (report.requests, report.policies, report.users, report.present) == (21, 4, 1, 0)
    assert report.identities == sum(len(sample.identities) for sample in SAMPLES)
    assert report.note is None


def test_a_second_run_writes_nothing(present: DatabaseUrl, tmp_path: Path) -> None:
    space = workspace(present, tmp_path, key=KEY)
    seeding.seed(space, now=NOW)
    dates = ask(present, "SELECT id, due_date FROM privacyrequest ORDER BY id")
    report = seeding.seed(space, now=NOW + timedelta(days=3))
    assert (report.requests, report.policies, report.users, report.identities) == (0, 0, 0, 0)
    assert report.present == 21
    assert ask(present, "SELECT id, due_date FROM privacyrequest ORDER BY id") == dates


def test_identities_are_encrypted_with_the_key(present: DatabaseUrl, tmp_path: Path) -> None:
    seeding.seed(workspace(present, tmp_path, key=KEY), now=NOW)
    cipher = open_cipher(KEY)
    values = [
        cipher.decrypt(sealed)
        for (sealed,) in ask(present, "SELECT encrypted_value FROM providedidentity")
    ]
    assert "person01@example.org" in values


def test_without_a_key_identities_wait_for_a_later_run(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    without = seeding.seed(workspace(present, tmp_path), now=NOW)
    assert (without.requests, without.identities) == (21, 0)
    assert "app_encryption_key" in (without.note or "")
    later = seeding.seed(workspace(present, tmp_path, key=KEY), now=NOW)
    assert (later.requests, later.present) == (0, 21)
    assert later.identities == 28


def test_a_key_that_does_not_fit_adds_no_identity(present: DatabaseUrl, tmp_path: Path) -> None:
    sealed = open_cipher(KEY).encrypt("salt")
    add(present, "identity_salt", {"id": "ide_1", "encrypted_value": sealed, "single_row": True})
    report = seeding.seed(workspace(present, tmp_path, key="x" * 32), now=NOW)
    assert (report.requests, report.identities) == (21, 0)
    assert "not the key" in (report.note or "")


def test_policies_and_users_that_are_there_are_used_as_they_are(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    own = policy(present, "default_access_policy", "erasure", days=3)
    add(present, "fidesuser", {"id": "fid_own", "username": "SAMPLE_reviewer"})
    report = seeding.seed(workspace(present, tmp_path), now=NOW)
    assert (report.policies, report.users) == (3, 0)
    assert ask_one(present, f"SELECT count(*) FROM rule WHERE policy_id = '{own}'") == 1
    used = f"SELECT count(*) > 0 FROM privacyrequest WHERE policy_id = '{own}'"
    assert ask_one(present, used) is True
    assert ask(present, "SELECT DISTINCT reviewed_by FROM privacyrequest ORDER BY 1") == [
        ("fid_own",),
        (None,),
    ]


def test_a_row_that_is_refused_takes_everything_with_it(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    run(present, "ALTER TABLE auditlog ADD CHECK (action <> 'denied')")
    with pytest.raises(RecordRefused):
        seeding.seed(workspace(present, tmp_path), now=NOW)
    assert ask_one(present, REQUESTS) == 0
    assert ask_one(present, "SELECT count(*) FROM policy") == 0


def test_an_older_schema_takes_what_it_can_hold(older: DatabaseUrl, tmp_path: Path) -> None:
    report = seeding.seed(workspace(older, tmp_path, key=KEY), now=NOW)
    statuses = {status for (status,) in ask(older, "SELECT status::text FROM privacyrequest")}
    assert statuses == {
        "pending",
        "approved",
        "in_processing",
        "complete",
        "paused",
        "denied",
        "error",
    }
    assert (report.users, report.requests) == (0, ask_one(older, REQUESTS))
    assert ask_one(older, "SELECT count(*) FROM rule") == 4  # one of the five is for consent


def test_a_database_without_requests_is_left_alone(database: DatabaseUrl, tmp_path: Path) -> None:
    with pytest.raises(MissingTable, match="privacyrequest"):
        seeding.seed(workspace(database, tmp_path), now=NOW)
    assert ask(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []
