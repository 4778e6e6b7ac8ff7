"""Every JSON document that a test reads is held to the schema that its verb publishes."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from fidesdev.core.documents import REPORTS, document_schema, failure_schema
from fidesdev.core.json_schema import Schema

FORMATS = FormatChecker(formats=())


def check_document(document: dict[str, Any]) -> None:
    """Fail unless the document is what its verb's schema says, without a key beside."""
    problem = best_match(_validator(document["command"]).iter_errors(document))
    assert problem is None, f"{document['command']}: {problem.json_path}: {problem.message}"


def closed(schema: Schema) -> Schema:
    """The schema without room for keys that it does not name; errors have facts of any name."""
    definitions = {
        name: part if name == "Error" else {**part, "additionalProperties": False}
        for name, part in schema["$defs"].items()
    }
    return {**schema, "additionalProperties": False, "$defs": definitions}


@cache
def _validator(command: str) -> Draft202012Validator:
    schema = document_schema(command) if command in REPORTS else failure_schema()
    return Draft202012Validator(closed(schema), format_checker=FORMATS)


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    """Times are ISO 8601 in UTC with `Z`."""
    return not isinstance(value, str) or (
        datetime.fromisoformat(value) is not None and value.endswith("Z")
    )
