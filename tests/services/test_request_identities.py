"""Identities found and shown with the key, and masked without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.adapters.identities import open_cipher
from fidesdev.core.identities import NewRequest, parse_identities
from fidesdev.core.request_filters import RequestFilters, parse_identity_filters
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import ConfigError
from fidesdev.services import requests
from fidesdev.services.workspace import Workspace
from tests.requests_databases import older_fixture, present_fixture, present_template_fixture  # noqa: F401 - fixtures
from tests.requests_tables import KEY, add, policy, request, run, workspace

pytestmark = pytest.mark.server
OTHER = "another key of thirty-two bytes!"


@pytest.fixture
def space(present: DatabaseUrl, tmp_path: Path) -> Workspace:
    """Two requests by Ada, one by Bob."""
    policy(present, "p")
    made = workspace(present, tmp_path, key=KEY)
    for given in (
        ["email=ada@example.org"],
        ["email=ada@example.org", "phone_number=+15550100000"],
        ["email=bob@example.org", "external_id=ada@example.org"],
    ):
        requests.create(made, NewRequest("p", parse_identities(given)))
    return made


def found(space: Workspace, *texts: str) -> int:
    filters = RequestFilters(identities=parse_identity_filters(texts))
    return len(requests.list_(space, filters).requests)


def test_an_identity_is_found_by_kind_and_value(space: Workspace) -> None:
    assert found(space, "email=ada@example.org") == 2
    assert found(space, "email=ada@EXAMPLE.org") == 2
    assert found(space, "ada@example.org") == 3
    assert found(space, "phone_number=+15550100000", "email=bob@example.org") == 2
    assert found(space, "email=eve@example.org") == 0
    assert found(space, "' OR true --") == 0


def test_rows_from_before_the_hash_are_opened(space: Workspace, present: DatabaseUrl) -> None:
    run(present, "UPDATE providedidentity SET is_hash_migrated = false, hashed_value = 'old'")
    assert found(space, "email=ada@example.org") == 2


def test_without_a_salt_every_row_is_opened(space: Workspace, present: DatabaseUrl) -> None:
    run(present, "DELETE FROM identity_salt")
    assert found(space, "email=ada@example.org") == 2


def test_an_older_schema_is_searched_too(older: DatabaseUrl, tmp_path: Path) -> None:
    space = workspace(older, tmp_path, key=KEY)
    policy(older, "p")
    requests.create(space, NewRequest("p", parse_identities(["email=ada@example.org"])))
    assert found(space, "email=ada@example.org") == 1
    assert found(space, "email=bob@example.org") == 0


def test_looking_for_an_identity_needs_the_key(
    space: Workspace, present: DatabaseUrl, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="app_encryption_key"):
        found(workspace(present, tmp_path), "email=ada@example.org")
    with pytest.raises(ConfigError, match="not the key"):
        found(workspace(present, tmp_path, key=OTHER), "email=ada@example.org")
    run(present, "DELETE FROM identity_salt")
    with pytest.raises(ConfigError, match="not the key"):
        found(workspace(present, tmp_path, key=OTHER), "email=ada@example.org")


def test_values_are_shown_only_when_asked_for(space: Workspace) -> None:
    filters = RequestFilters(identities=parse_identity_filters(["phone_number=+15550100000"]))
    (row,) = requests.list_(space, filters).requests
    assert (row.identities, row.identity_values) == (("email", "phone_number"), None)
    (row,) = requests.list_(space, filters, show_identities=True).requests
    assert row.identity_values == {"email": "ada@example.org", "phone_number": "+15550100000"}
    detail = requests.show(space, row.id, show_identities=True)
    assert [given.value for given in detail.identities] == ["ada@example.org", "+15550100000"]
    assert [given.value for given in requests.show(space, row.id).identities] == [None, None]


def test_one_bad_ciphertext_hides_nothing(space: Workspace, present: DatabaseUrl) -> None:
    add(present, "privacyrequest", request("bad"), request("sealed"))
    sealed = open_cipher(OTHER).encrypt("eve@example.org")
    for name, stored in (("bad", "no ciphertext"), ("sealed", sealed), ("bad2", None)):
        row = {"id": f"pro_{name}", "field_name": name, "encrypted_value": stored}
        add(present, "providedidentity", {**row, "privacy_request_id": "pri_bad"})
    for rows in (
        requests.list_(space, show_identities=True).requests,
        tuple(requests.stream(space, show_identities=True)),
    ):
        values = [value for row in rows for value in (row.identity_values or {}).values()]
        assert sorted(filter(None, values)).count("ada@example.org") == 3
        assert values.count(None) == 3
    detail = requests.show(space, "pri_bad", show_identities=True)
    assert [given.value for given in detail.identities] == [None, None, None]


def test_showing_without_the_key_says_so(
    space: Workspace, present: DatabaseUrl, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="app_encryption_key"):
        requests.list_(workspace(present, tmp_path), show_identities=True)
