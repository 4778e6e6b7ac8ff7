"""A few rows to look at, for a database that has Fides' tables and not much in them."""

from __future__ import annotations

from datetime import UTC, datetime

from fidesdev.adapters.identities import IdentityCipher, open_cipher
from fidesdev.adapters.request_writer import check_key, ensure_salt, insert, insert_identity
from fidesdev.adapters.requests_catalog import REQUESTS, Tables
from fidesdev.adapters.requests_table import find_policy
from fidesdev.core.requests import STATUSES
from fidesdev.core.seeding import (
    POLICIES,
    SAMPLES,
    USERNAME,
    SamplePolicy,
    SampleRequest,
    SeedReport,
    audit_values,
    execution_values,
    request_values,
    sample_id,
)
from fidesdev.errors import ConfigError, PackageMissing
from fidesdev.services.requests import opened_requests
from fidesdev.services.workspace import Workspace


def seed(
    workspace: Workspace,
    *,
    now: datetime | None = None,
    count: int | None = None,
    dry_run: bool = False,
) -> SeedReport:
    """Write what is missing of the sample, all of it or nothing; a second run writes nothing.

    `count` is how many of its requests are wanted; None: every one.
    Rows that are there already stay as they are, also policies of the same key. Identities need
    the encryption key of the configuration; without it they are left out, which `note` explains.
    """
    moment = now or datetime.now(UTC)
    with opened_requests(workspace, autocommit=False) as tables:
        tables.require("policy", "id", "key")
        tables.require("rule", "policy_id", "action_type")
        cipher, note = cipher_for(tables, workspace.settings.app_encryption_key)
        policies = sum(insert_policy(tables, policy) for policy in POLICIES)
        users, user_id = insert_user(tables)
        fitting = _fitting(tables)[:count]
        new = [sample for sample in fitting if _insert(tables, sample, moment, user_id)]
        identities = _insert_identities(tables, cipher, fitting) if cipher else 0
        if not dry_run:
            tables.connection.commit()
    present = len(fitting) - len(new)
    return SeedReport(
        len(new), policies, users, identities, present, note if new else None, executed=not dry_run
    )


def cipher_for(tables: Tables, key: str | None) -> tuple[IdentityCipher | None, str | None]:
    """What encrypts identities here, or why they cannot be."""
    if not tables.has("providedidentity", "encrypted_value"):
        return None, "this database has no table for identities"
    try:
        cipher = open_cipher(key)
        check_key(tables, cipher)
    except (ConfigError, PackageMissing) as error:
        return None, str(error)
    return cipher, None


def insert_policy(tables: Tables, policy: SamplePolicy) -> bool:
    """Whether the policy was missing; its rules come with it."""
    policy_id = sample_id("pol", policy.key)
    values = {
        "id": policy_id,
        "key": policy.key,
        "name": policy.name,
        "execution_timeframe": policy.days,
    }
    if not insert(tables, "policy", values):
        return False
    known = tables.catalog.labels("rule", "action_type")
    for rule in policy.rules():
        if not known or rule["action_type"] in known:
            insert(tables, "rule", {**rule, "policy_id": policy_id})
    return True


def insert_user(tables: Tables) -> tuple[int, str | None]:
    """How many users were written, and the id of the one who reviews; nobody can log in as them."""
    if not tables.has("fidesuser", "username"):
        return 0, None
    values = {
        "id": sample_id("fid", USERNAME),
        "username": USERNAME,
        "first_name": "Sample",
        "last_name": "Reviewer",
    }
    written = insert(tables, "fidesuser", values)
    found = tables.select("fidesuser", ("id",), ("username", USERNAME))
    return int(written), str(found[0]["id"]) if found else None


def _fitting(tables: Tables) -> list[SampleRequest]:
    """The requests whose status this database knows."""
    known = tables.catalog.labels(REQUESTS, "status") or tuple(STATUSES)
    return [sample for sample in SAMPLES if sample.status in known]


def _insert(tables: Tables, sample: SampleRequest, now: datetime, user_id: str | None) -> bool:
    """Whether the request was missing; its logs come with it."""
    policy_id = find_policy(tables, sample.policy)
    values = request_values(sample, now, policy_id=policy_id, user_id=user_id)
    if not insert(tables, REQUESTS, values):
        return False
    if tables.has("executionlog", "privacy_request_id"):
        for row in execution_values(sample, now):
            insert(tables, "executionlog", row)
    if tables.has("auditlog", "privacy_request_id"):
        for row in audit_values(sample, now, user_id=user_id):
            insert(tables, "auditlog", row)
    return True


def _insert_identities(tables: Tables, cipher: IdentityCipher, samples: list[SampleRequest]) -> int:
    """How many were missing, perhaps because an earlier run had no key."""
    salt = ensure_salt(tables, cipher)
    return sum(
        insert_identity(
            tables,
            cipher,
            identity,
            request_id=sample.id,
            salt=salt,
            row_id=sample_id("pro", f"{sample.number}/{identity.kind}"),
        )
        for sample in samples
        for identity in sample.identities
    )
