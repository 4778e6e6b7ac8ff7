"""Schemas of dataclasses: every kind of annotation, and what the docstrings say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

import pytest
from jsonschema import Draft202012Validator

from fidesdev.core.json_schema import DIALECT, Definitions
from fidesdev.render.envelope import plain

if TYPE_CHECKING:
    from fidesdev.core.why import Subject


class Colour(StrEnum):
    """A few of them."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Leaf:
    """What hangs
    below."""

    bytes: int | None
    parent: Tree | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """Every kind of value that a report may have."""

    name: str
    """How it is called,
    over two lines; None where it is not."""
    height: float
    is_old: bool
    seconds: float
    """Until it falls."""
    colour: Colour
    kind: Literal["fir", "oak"]
    planted: datetime
    day: date
    price: Decimal
    seal: bytes
    leaves: tuple[Leaf, ...]
    names: frozenset[str]
    pair: tuple[int, str]
    counts: Mapping[str, int]
    anything: Any
    either: str | int | tuple[str, ...] | None
    subject: Subject | None = None
    ages: list[int] = field(default_factory=list)


def schema() -> dict[str, Any]:
    definitions = Definitions()
    return {"$schema": DIALECT, **definitions.reference(Tree), "$defs": definitions.schemas}


def tree(**more: Any) -> Tree:
    given: dict[str, Any] = {
        "name": "old",
        "height": 2.5,
        "is_old": True,
        "seconds": 3,
        "colour": Colour.RED,
        "kind": "fir",
        "planted": datetime(2026, 1, 2, tzinfo=UTC),
        "day": date(2026, 1, 2),
        "price": Decimal("1.50"),
        "seal": b"\x00\xff",
        "leaves": (Leaf(1, None), Leaf(None, None)),
        "names": frozenset({"a", "b"}),
        "pair": (1, "one"),
        "counts": {"a": 1},
        "anything": {"a": [None]},
        "either": ("a", "b"),
    }
    return Tree(**{**given, **more})


def properties() -> dict[str, Any]:
    found: dict[str, Any] = schema()["$defs"]["Tree"]["properties"]
    return found


def test_what_plain_writes_is_valid() -> None:
    Draft202012Validator.check_schema(schema())
    assert list(Draft202012Validator(schema()).iter_errors(plain(tree()))) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", None),
        ("height", "2"),
        ("is_old", 1),
        ("colour", "green"),
        ("kind", "elm"),
        ("planted", 5),
        ("seal", "0"),
        ("seal", "xy"),
        ("leaves", [{"bytes": 1}]),
        ("leaves", {}),
        ("names", ["a", "a"]),
        ("pair", [1]),
        ("pair", [1, "one", 2]),
        ("pair", ["one", 1]),
        ("counts", {"a": "1"}),
        ("either", 1.5),
        ("subject", {}),
        ("ages", None),
    ],
)
def test_anything_else_is_not(key: str, value: object) -> None:
    document = {**plain(tree()), key: value}
    assert not Draft202012Validator(schema()).is_valid(document)


@pytest.mark.parametrize("key", properties())
def test_every_key_is_required(key: str) -> None:
    document = plain(tree())
    del document[key]
    assert not Draft202012Validator(schema()).is_valid(document)


def test_further_keys_are_allowed() -> None:
    assert Draft202012Validator(schema()).is_valid({**plain(tree()), "girth": 1})


def test_docstrings_and_units_are_told() -> None:
    found, definitions = properties(), schema()["$defs"]
    told = "How it is called, over two lines; null where it is not."
    assert found["name"] == {"type": "string", "description": told}
    assert found["seconds"]["description"] == "Until it falls. In seconds."
    assert "description" not in found["height"]
    assert definitions["Leaf"]["description"] == "What hangs below."
    assert definitions["Leaf"]["properties"]["bytes"]["description"] == "In bytes."


def test_names_that_only_type_checkers_import_are_found() -> None:
    assert "Subject" in schema()["$defs"]


def test_two_classes_of_one_name_are_told_apart() -> None:
    from fidesdev.core import doctor, findings

    definitions = Definitions()
    assert definitions.reference(doctor.Finding) == {"$ref": "#/$defs/Finding"}
    assert definitions.reference(findings.Finding) == {"$ref": "#/$defs/findings.Finding"}
    assert definitions.reference(findings.Finding) == {"$ref": "#/$defs/findings.Finding"}
    assert definitions.reference(doctor.Finding) == {"$ref": "#/$defs/Finding"}
    assert definitions.schemas.keys() >= {"Finding", "findings.Finding"}


@pytest.mark.parametrize("annotation", [timedelta, type[int]], ids=str)
def test_what_json_has_nothing_for_is_an_error(annotation: object) -> None:
    with pytest.raises(TypeError, match="JSON has nothing for"):
        Definitions().of(annotation)
