"""Keys are only ever added: every key that was published once is in the schemas still.

`python -m tests.core.test_published_keys` adds the new ones to the list beside this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fidesdev.core.documents import REPORTS, document_schema

LIST = Path(__file__).with_name("published_keys.txt")


def test_no_published_key_is_gone() -> None:
    published = LIST.read_text(encoding="utf-8").splitlines()
    assert len(published) > 1000
    assert sorted(set(published) - keys()) == []


def keys() -> set[str]:
    """`db goto: data.steps[].revision`, for every verb and key."""
    return {f"{command}: data{key}" for command in REPORTS for key in _of(command)}


def _of(command: str) -> Iterator[str]:
    schema = document_schema(command)
    for outcome in schema["oneOf"]:
        yield from _below(outcome["properties"]["data"], schema["$defs"], ())


def _below(part: dict[str, Any], definitions: dict[str, Any], above: tuple[str, ...]) -> set[str]:
    """The paths of all keys in a part of a schema; what holds itself is entered once."""
    found: set[str] = set()
    if (name := part.get("$ref", "").rpartition("/")[2]) and name not in above:
        found |= _below(definitions[name], definitions, (*above, name))
    for option in part.get("anyOf", ()):
        found |= _below(option, definitions, above)
    for mark, inner in (("[]", part.get("items")), (".*", part.get("additionalProperties"))):
        if isinstance(inner, dict):
            found |= {f"{mark}{path}" for path in _below(inner, definitions, above)}
    for key, inner in part.get("properties", {}).items():
        found |= {f".{key}", *(f".{key}{path}" for path in _below(inner, definitions, above))}
    return found


if __name__ == "__main__":
    listed = set(LIST.read_text(encoding="utf-8").splitlines()) if LIST.exists() else set()
    LIST.write_text("".join(f"{key}\n" for key in sorted(listed | keys())), encoding="utf-8")
