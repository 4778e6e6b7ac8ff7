"""The JSON Schema (2020-12) of a dataclass, derived from its annotations and docstrings.

It describes what `render/envelope.plain` writes: every field is there, None is null, a set is a
sorted array, a time is text in UTC. Objects are open, because keys are only ever added to a report.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib import import_module
from textwrap import dedent
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN: dict[object, Schema] = {
    NoneType: {"type": "null"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    Decimal: {"type": "string"},
    bytes: {"type": "string", "pattern": "^([0-9a-f]{2})*$"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
}
_UNITS = {"seconds": "In seconds.", "bytes": "In bytes."}
"""Of a number whose field is named so, or ends so."""


_NONE = re.compile(r"\bNone\b")
"""As Python calls what is null in JSON."""


class Definitions:
    """Collects the schema of every dataclass that is met, each once, by name."""

    def __init__(self) -> None:
        self._types: dict[str, type] = {}
        self._schemas: dict[str, Schema] = {}

    @property
    def schemas(self) -> dict[str, Schema]:
        """What belongs below `$defs`, by name."""
        return {name: self._schemas[name] for name in sorted(self._schemas)}

    def reference(self, report: type) -> Schema:
        """A `$ref` to the dataclass's schema; where two share a name, the second has its module's.

        Raises `TypeError` for an annotation that JSON has nothing for.
        """
        name = report.__name__
        if self._types.setdefault(name, report) is not report:
            name = f"{report.__module__.rpartition('.')[2]}.{name}"
            self._types[name] = report
        if name not in self._schemas:
            self._schemas[name] = {}
            self._schemas[name] = self._object(report)
        return {"$ref": f"#/$defs/{name}"}

    def of(self, annotation: Any) -> Schema:
        """The schema of an annotation; raises `TypeError` for one that JSON has nothing for."""
        if annotation is Any or annotation is object:
            return {}
        if annotation in _PLAIN:
            return dict(_PLAIN[annotation])
        if isinstance(annotation, type) and get_origin(annotation) is None:
            return self._of_class(annotation)
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin in {Union, UnionType}:
            return _any_of([self.of(argument) for argument in arguments])
        if isinstance(origin, type):
            return self._of_collection(origin, arguments)
        raise TypeError(f"JSON has nothing for {annotation!r}")

    def _of_class(self, class_: type) -> Schema:
        if is_dataclass(class_):
            return self.reference(class_)
        if issubclass(class_, Enum):
            return {"enum": [member.value for member in class_]}
        raise TypeError(f"JSON has nothing for {class_!r}")

    def _of_collection(self, origin: type, arguments: tuple[Any, ...]) -> Schema:
        if issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        if origin is tuple and arguments[-1:] != (...,):
            items = [self.of(argument) for argument in arguments]
            return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}
        if issubclass(origin, Set):
            return {"type": "array", "items": self.of(arguments[0]), "uniqueItems": True}
        if issubclass(origin, Collection):
            return {"type": "array", "items": self.of(arguments[0])}
        raise TypeError(f"JSON has nothing for {origin!r}")

    def _object(self, report: type) -> Schema:
        hints = get_type_hints(report, _names(report.__module__))
        told = descriptions(report)
        properties = {}
        for field in fields(report):
            schema = self.of(hints[field.name])
            text = " ".join(filter(None, [told.get(field.name), _unit(field.name, schema)]))
            properties[field.name] = schema | ({"description": text} if text else {})
        return {
            **described(report),
            "type": "object",
            "properties": properties,
            "required": list(properties),
        }


def described(class_: type) -> Schema:
    """The class's docstring as a `description`; nothing where a dataclass made it up."""
    text = class_.__doc__ or ""
    made_up = text.startswith(f"{class_.__name__}(")
    return {} if made_up or not text else {"description": _said(text)}


def descriptions(report: type) -> dict[str, str]:
    """The string below each field that has one, its lines joined; inherited ones too."""
    told: dict[str, str] = {}
    for class_ in reversed(report.__mro__):
        if is_dataclass(class_):
            told |= dict(_below(inspect.getsource(class_)))
    return told


def _below(source: str) -> Iterator[tuple[str, str]]:
    """Each annotated name of a class that a string follows, and the string."""
    (class_,) = ast.parse(dedent(source)).body
    assert isinstance(class_, ast.ClassDef)
    for field, text in zip(class_.body, class_.body[1:], strict=False):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(told))),
            ):
                yield name, _said(told)


def _said(text: str) -> str:
    """A docstring on one line, as somebody would read it who sees the JSON."""
    return _NONE.sub("null", " ".join(text.split()))


def _unit(name: str, schema: Schema) -> str:
    types = schema.get("type", [])
    is_number = {"integer", "number"} & {*(types if isinstance(types, list) else [types])}
    return _UNITS.get(name.rpartition("_")[2], "") if is_number else ""


def _any_of(schemas: list[Schema]) -> Schema:
    """One of several; where all are no more than a type, the types."""
    if all(schema.keys() == {"type"} for schema in schemas):
        return {"type": [schema["type"] for schema in schemas]}
    return {"anyOf": schemas}


@cache
def _names(module: str) -> dict[str, Any]:
    """The module's names, and those that it imports for type checkers alone."""
    found = import_module(module)
    names = dict(vars(found))
    for node in ast.parse(inspect.getsource(found)).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            names.update(_imported(node))
    return names


def _imported(block: ast.If) -> Iterator[tuple[str, Any]]:
    for node in block.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found: Callable[..., Any] = getattr(import_module(node.module), alias.name)
                yield alias.asname or alias.name, found
