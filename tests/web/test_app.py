"""The served API, called as clients call it, on real databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from fidesdev.api import VERSIONS, url
from fidesdev.core.url import DatabaseUrl
from fidesdev.web.app import build
from tests.requests_databases import (  # noqa: F401 - fixtures
    older_fixture,
    present_fixture,
    present_template_fixture,
)
from tests.requests_tables import KEY, add, ago, ask, ask_one, policy, request, workspace

pytestmark = pytest.mark.server
LIST = url("PRIVACY_REQUEST")
V1 = VERSIONS["v1"]
INJECTIONS = (
    "'; DROP TABLE privacyrequest; --",
    "x' OR '1'='1",
    "%' UNION SELECT username FROM fidesuser --",
    '"; DELETE FROM privacyrequest; --',
    "\\'; SELECT pg_sleep(5); --",
    "$$; TRUNCATE policy CASCADE; $$",
    "%(x)s %s %%",
    "\x00",
)
TEXTS = ("status", "policy_key", "action_type", "source", "location", "external_id", "search")
SORTS = ("sort_field", "sort_direction", "after", "created_gt", "completed_lt", "size")


@pytest.fixture
def app(present: DatabaseUrl, tmp_path: Path) -> FastAPI:
    policy(present, "access", "access", days=45)
    add(
        present,
        "privacyrequest",
        request("1", policy_id="pol_access", external_id="one", due_date=ago(1)),
        request("2", policy_id="pol_access", status="complete", created_at=ago(3)),
        request("20", status="error", created_at=ago(5)),
    )
    return build(workspace(present, tmp_path, key=KEY), V1)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def ids(listed: Any) -> list[str]:
    return [row["id"] for row in listed["requests"]]


def test_requests_are_listed_in_pages(client: TestClient) -> None:
    first = client.get(LIST, params={"size": 2}).json()
    rest = client.get(LIST, params={"size": 2, "after": first["next"]}).json()
    assert (ids(first), ids(rest), rest["next"]) == (["pri_1", "pri_2"], ["pri_20"], None)


def test_filters_are_those_of_the_list(client: TestClient) -> None:
    def found(**params: Any) -> list[str]:
        return ids(client.get(LIST, params=params).json())

    assert found(status=["complete", "error"]) == ["pri_2", "pri_20"]
    assert found(policy_key="access", external_id="one") == ["pri_1"]
    assert found(created_lt=ago(3).isoformat()) == ["pri_20"]
    assert found(created_gt=ago(3).isoformat()) == ["pri_1"]
    assert found(is_overdue=True) == ["pri_1"]
    assert found(sort_field="id", sort_direction="asc") == ["pri_1", "pri_2", "pri_20"]


def test_one_request_is_shown_by_its_whole_id(client: TestClient) -> None:
    assert client.get(f"{LIST}/pri_2").json()["request"]["status"] == "complete"
    for unknown in ("pri_", "pri_2000", "1", "pri%00"):
        answer = client.get(f"{LIST}/{unknown}")
        assert answer.status_code in {404, 422}, unknown
        assert set(answer.json()) == {"detail", "code", "hint"}


def test_requests_are_created_and_their_identities_stay_masked(
    client: TestClient, present: DatabaseUrl
) -> None:
    sent = [
        {"policy_key": "access", "identity": {"email": "eve@example.org"}, "external_id": "x"},
        {"policy_key": "nobody's", "identity": {"email": "eve@example.org"}},
        {"policy_key": "access", "identity": {"email": "no address"}},
    ]
    answer = client.post(LIST, json=sent)
    (made,), failed = answer.json()["succeeded"], answer.json()["failed"]
    assert made["status"] == "pending"
    assert [one["data"]["policy_key"] for one in failed] == ["nobody's", "access"]
    searched = client.post(f"{LIST}/search", json={"identities": {"email": "eve@example.org"}})
    assert ids(searched.json()) == [made["id"]]
    shown = client.get(f"{LIST}/{made['id']}")
    for text in (answer.text, searched.text, shown.text):
        assert "eve@" not in text
        assert "no address" not in text
    assert ask_one(present, "SELECT count(*) FROM providedidentity") == 1


@pytest.mark.parametrize(
    ("name", "chosen", "status"), [("APPROVE", "1", "approved"), ("DENY", "1", "denied")]
)
def test_requests_are_reviewed_each_for_itself(
    client: TestClient, present: DatabaseUrl, name: str, chosen: str, status: str
) -> None:
    sent = {"request_ids": [f"pri_{chosen}", "pri_2", "pri_nowhere"]}
    answer = client.patch(url(f"PRIVACY_REQUEST_{name}"), json=sent).json()
    assert [(one["id"], one["status"]) for one in answer["succeeded"]] == [("pri_1", status)]
    assert [one["data"]["id"] for one in answer["failed"]] == ["pri_2", "pri_nowhere"]
    assert "complete" in answer["failed"][0]["message"]
    assert ask(present, "SELECT privacy_request_id, action FROM auditlog") == [("pri_1", status)]


def test_the_beginning_of_an_id_changes_nothing(client: TestClient) -> None:
    answer = client.patch(url("PRIVACY_REQUEST_APPROVE"), json={"request_ids": ["pri_1"[:-1]]})
    assert (answer.json()["succeeded"], len(answer.json()["failed"])) == ([], 1)


def test_a_request_is_canceled_logged_and_deleted(client: TestClient) -> None:
    sent = {"request_ids": ["pri_1"], "reason": "withdrawn"}
    assert client.patch(url("PRIVACY_REQUEST_CANCEL"), json=sent).json()["failed"] == []
    log = client.get(url("REQUEST_STATUS_LOGS", privacy_request_id="pri_1")).json()
    assert "canceled" in [entry["event"] for entry in log["items"]]
    path = url("PRIVACY_REQUEST_SOFT_DELETE", privacy_request_id="pri_1")
    assert client.post(path).status_code == 200
    assert ids(client.get(LIST).json()) == ["pri_2", "pri_20"]
    assert "pri_1" in ids(client.get(LIST, params={"include_deleted_requests": True}).json())


@pytest.mark.parametrize("text", INJECTIONS)
def test_sql_in_a_parameter_stays_text(client: TestClient, present: DatabaseUrl, text: str) -> None:
    for name in (*TEXTS, *SORTS):
        answer = client.get(LIST, params={name: text})
        assert answer.status_code in {200, 404, 422}, (name, answer.text)
        assert answer.status_code != 200 or ids(answer.json()) == [], name
    for path in (f"{LIST}/search", url("PRIVACY_REQUEST_DENY")):
        body = {"search": text} if path.endswith("search") else {"request_ids": [text]}
        assert client.request("POST" if "search" in path else "PATCH", path, json=body).json()
    assert ask_one(present, "SELECT count(*) FROM privacyrequest WHERE status <> 'denied'") == 3


def test_what_makes_no_sense_is_refused_without_repeating_it(client: TestClient) -> None:
    body = [{"policy_key": "access", "identity": {"email": 7}, "person": "eve@example.org"}]
    refused = client.post(LIST, json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert "eve@" not in refused.text
    assert client.get(LIST, params={"created_gt": "9999-12-31T23:59:59.999999"}).status_code == 422
    assert client.delete(LIST).status_code == 405
    assert client.get("/nowhere").json()["code"] == "http_404"


def test_a_database_that_is_gone_or_empty_is_no_traceback(
    database: DatabaseUrl, tmp_path: Path
) -> None:
    for target in (database, database.with_database("fidesdev_nowhere")):
        answer = TestClient(build(workspace(target, tmp_path), V1)).get(LIST)
        assert answer.status_code == 503
        assert answer.json()["code"] in {"missing_table", "database_missing"}


def test_without_the_key_nothing_is_created(present: DatabaseUrl, tmp_path: Path) -> None:
    policy(present, "access", "access")
    client = TestClient(build(workspace(present, tmp_path), V1))
    body = [{"policy_key": "access", "identity": {"email": "eve@example.org"}}]
    answer = client.post(LIST, json=body)
    assert (answer.status_code, "app_encryption_key" in answer.json()["detail"]) == (503, True)
    assert ask_one(present, "SELECT count(*) FROM privacyrequest") == 0


def test_an_older_schema_is_served_too(older: DatabaseUrl, tmp_path: Path) -> None:
    add(older, "privacyrequest", request("1"))
    client = TestClient(build(workspace(older, tmp_path), V1))
    assert ids(client.get(LIST).json()) == ["pri_1"]
    done = client.patch(url("PRIVACY_REQUEST_APPROVE"), json={"request_ids": ["pri_1"]}).json()
    assert done["succeeded"][0]["status"] == "approved"


def test_another_version_serves_its_own_paths(present: DatabaseUrl, tmp_path: Path) -> None:
    v2 = V1.followed_by("v2", "/api/v2", PRIVACY_REQUEST="/privacy-requests")
    client = TestClient(build(workspace(present, tmp_path), v2))
    assert client.get("/api/v2/privacy-requests").status_code == 200
    assert client.get(LIST).status_code == 404


def test_only_known_names_of_this_machine_are_answered(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    app = build(workspace(present, tmp_path), V1, hosts=("127.0.0.1",))
    assert TestClient(app, base_url="http://evil.example").get(LIST).status_code == 400
    assert TestClient(app, base_url="http://127.0.0.1:8000").get(LIST).status_code == 200


def test_every_call_that_the_document_allows_is_answered_as_it_says(app: FastAPI) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
    ]
    calm = settings(
        max_examples=12,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    operations = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    assert len(operations) == 9
    for operation in operations:

        @calm
        @given(case=operation.as_strategy())
        def call(case: Any) -> None:
            case.call_and_validate(checks=checks)

        call()
