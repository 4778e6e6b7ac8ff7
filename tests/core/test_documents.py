"""The published schemas: valid, complete, self-contained, and never with a key less."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fidesdev.core.documents import REPORTS, document_schema, failure_schema
from fidesdev.errors import ConfirmationNeeded, DatabaseMissing
from fidesdev.render import envelope
from tests.cli.test_verbs import VERBS
from tests.contract import check_document, closed


@cache
def schema_of(command: str) -> dict[str, Any]:
    return document_schema(command)


def test_every_verb_has_its_reports() -> None:
    missing, unknown = set(VERBS) - set(REPORTS), set(REPORTS) - set(VERBS) - {"--version"}
    assert (missing, unknown) == (set(), set()), "see fidesdev/core/documents.py"


@pytest.mark.parametrize("command", REPORTS)
def test_a_schema_is_one_that_stands_alone_and_says_what_it_is(command: str) -> None:
    schema = schema_of(command)
    Draft202012Validator.check_schema(schema)
    assert {ref for ref in refs(schema) if ref.removeprefix("#/$defs/") not in schema["$defs"]} == (
        set()
    )
    assert all(part["description"] for part in schema["$defs"].values())


def test_every_schema_has_a_name_of_its_own_and_of_no_host() -> None:
    ids = [schema["$id"] for schema in (*map(schema_of, REPORTS), failure_schema())]
    assert len(set(ids)) == len(REPORTS) + 1
    assert all(id_.startswith("urn:fidesdev:json:1:") for id_ in ids)
    assert schema_of("db merge-heads")["$id"] == "urn:fidesdev:json:1:db-merge-heads"


def test_one_outcome_at_a_time() -> None:
    report = envelope.success("db heads", {"revisions": []})
    document = json.loads(report)
    check_document(document)
    error = json.loads(envelope.failure("db heads", DatabaseMissing("db", "server")))["error"]
    for wrong in (
        {"error": error},
        {"data": None},
        {"data": None, "error": error},
        {"command": "db status"},
        {"fidesdev": 2},
    ):
        with pytest.raises(AssertionError):
            check_document({**document, **wrong})
    check_document({**document, "ok": False, "data": None, "error": error})


def test_a_key_beside_is_found_by_tests_and_allowed_to_readers() -> None:
    document = {**json.loads(envelope.success("db heads", {"revisions": [], "more": 1}))}
    assert Draft202012Validator(schema_of("db heads")).is_valid(document)
    assert not Draft202012Validator(closed(schema_of("db heads"))).is_valid(document)


def test_errors_are_listed_with_meaning_and_exit_code() -> None:
    codes = failure_schema()["$defs"]["Error"]["properties"]["code"]["anyOf"]
    told = {code["const"]: code["description"] for code in codes}
    assert told["confirmation_needed"] == (
        "A question could not be asked because nobody is at a terminal. Exit code 5."
    )
    document = json.loads(envelope.failure("db goto", ConfirmationNeeded("this")))
    assert Draft202012Validator(failure_schema()).is_valid(document)
    document["error"]["code"] = "unheard_of"
    assert not Draft202012Validator(failure_schema()).is_valid(document)


def refs(schema: object) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from refs(item)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref":
                yield value
            yield from refs(value)
