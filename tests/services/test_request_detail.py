"""What is shown of one request, and what never is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fidesdev.core.requests import RequestDetail
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import AmbiguousRecord, UnknownRecord
from fidesdev.render import envelope
from fidesdev.services import requests
from tests.requests_databases import older_fixture, present_fixture, present_template_fixture  # noqa: F401 - fixtures
from tests.requests_tables import NOW, add, ago, policy, request, run, workspace

pytestmark = pytest.mark.server


def test_a_list_names_kinds_of_identity_and_never_their_values(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    _with_identities(present)
    report = requests.list_(workspace(present, tmp_path))
    assert report.requests[0].identities == ("email", "phone_number")
    assert "SECRET" not in envelope.success("requests list", report)


def test_show_tells_everything_that_is_not_secret(present: DatabaseUrl, tmp_path: Path) -> None:
    _with_identities(present)
    report = requests.show(workspace(present, tmp_path), "pri_full", now=NOW)
    assert report.request["external_id"] == "Case-1"
    assert report.request["filtered_final_upload"] == "***"
    assert report.request["access_result_urls"] is None
    assert (report.meaning, report.days_left, report.overdue) == (
        "failed; its execution log says where",
        5,
        False,
    )
    assert report.policy
    assert (report.policy.key, report.policy.execution_timeframe) == ("p", 45)
    assert [(rule.key, rule.action) for rule in report.rules] == [("p_access", "access")]
    assert [field.field for field in report.identities] == ["email", "phone_number"]
    assert [(field.field, field.label) for field in report.custom_fields] == [("tier", "Tier")]
    assert "SECRET" not in envelope.success("requests show", report)


def test_show_sums_up_the_execution_log(present: DatabaseUrl, tmp_path: Path) -> None:
    _with_identities(present)
    report = requests.show(workspace(present, tmp_path), "pri_full")
    assert [
        (run.dataset, run.collection, run.status, run.entries, run.message)
        for run in report.executions
    ] == [("shop", "orders", "error", 2, "refused"), ("shop", "people", "complete", 1, None)]


def test_show_orders_what_happened_and_names_who_did_it(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    _with_identities(present)
    assert _timeline(requests.show(workspace(present, tmp_path), "pri_full")) == [
        ("requested", None),
        ("approved", "grace"),
        ("reviewed", "grace"),
        ("email_sent", "gone"),
    ]


def test_an_id_may_be_shortened_while_it_is_unique(present: DatabaseUrl, tmp_path: Path) -> None:
    add(present, "privacyrequest", request("abc1"), request("abc2"), request("abc"))
    space = workspace(present, tmp_path)
    assert requests.show(space, "pri_abc1").request["id"] == "pri_abc1"
    assert requests.show(space, "pri_abc").request["id"] == "pri_abc"
    with pytest.raises(AmbiguousRecord) as caught:
        requests.show(space, "pri_ab")
    assert caught.value.facts["candidates"] == ["pri_abc", "pri_abc1", "pri_abc2"]
    for unknown in ("pri_x", "pri%", "pri_a_c1"):
        with pytest.raises(UnknownRecord):
            requests.show(space, unknown)


def test_show_works_on_an_older_schema(older: DatabaseUrl, tmp_path: Path) -> None:
    add(older, "privacyrequest", request("a", requested_at=NOW))
    add(older, "providedidentity", _identity("pri_a", "email"))
    report = requests.show(workspace(older, tmp_path), "pri_a")
    assert list(report.request) == [
        "id",
        "created_at",
        "external_id",
        "requested_at",
        "status",
        "policy_id",
    ]
    assert [field.field for field in report.identities] == ["email"]
    assert (report.policy, report.executions) == (None, ())


def test_show_has_a_value_for_every_column_type(present: DatabaseUrl, tmp_path: Path) -> None:
    run(present, "ALTER TABLE privacyrequest ADD seal bytea, ADD price numeric, ADD day date")
    row = {"seal": b"SECRET", "price": 1.5, "day": NOW.date(), "consent_preferences": '{"a": [1]}'}
    add(present, "privacyrequest", request("a", **row))
    shown = json.loads(
        envelope.success("show", requests.show(workspace(present, tmp_path), "pri_a"))
    )["data"]["request"]
    assert (shown["seal"], shown["price"], shown["day"]) == ("***", "1.5", "2026-05-10")
    assert shown["consent_preferences"] == {"a": [1]}


def _timeline(report: RequestDetail) -> list[tuple[str, str | None]]:
    return [(entry.event, entry.by) for entry in report.timeline]


def _identity(request_id: str, kind: str) -> dict[str, object]:
    return {
        "id": f"pro_{kind}",
        "privacy_request_id": request_id,
        "field_name": kind,
        "encrypted_value": "SECRET",
        "hashed_value": "SECRET",
    }


def _with_identities(url: DatabaseUrl) -> None:
    """One request with everything there can be."""
    add(url, "fidesuser", {"id": "fid_1", "username": "grace"})
    add(
        url,
        "privacyrequest",
        request(
            "full",
            status="error",
            external_id="Case-1",
            policy_id=policy(url, "p", "access", days=45),
            requested_at=ago(9),
            reviewed_at=ago(7),
            reviewed_by="fid_1",
            due_date=ago(-5),
            filtered_final_upload="SECRET",
        ),
    )
    add(
        url,
        "providedidentity",
        _identity("pri_full", "email"),
        _identity("pri_full", "phone_number"),
    )
    add(
        url,
        "custom_privacy_request_field",
        {
            "id": "cus_1",
            "privacy_request_id": "pri_full",
            "field_name": "tier",
            "field_label": "Tier",
            "encrypted_value": "SECRET",
        },
    )
    log = {"action_type": "access", "privacy_request_id": "pri_full", "dataset_name": "shop"}
    orders, people = {**log, "collection_name": "orders"}, {**log, "collection_name": "people"}
    add(
        url,
        "executionlog",
        {**orders, "id": "1", "status": "in_processing", "updated_at": ago(3)},
        {**people, "id": "2", "status": "complete", "updated_at": ago(2)},
        {**orders, "id": "3", "status": "error", "updated_at": ago(1), "message": "refused"},
    )
    audit = {"privacy_request_id": "pri_full"}
    add(
        url,
        "auditlog",
        {**audit, "id": "2", "action": "email_sent", "created_at": ago(1), "user_id": "gone"},
        {**audit, "id": "1", "action": "approved", "created_at": ago(8), "user_id": "fid_1"},
    )
