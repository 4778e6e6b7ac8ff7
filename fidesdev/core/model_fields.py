"""The fields of a new model: `FIELD:TYPE[?][:OPTION]...` parsed, and how Python writes them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fidesdev.errors import UsageError

_TYPE = re.compile(r"(?P<name>\w+)(\((?P<arguments>[\w ,]*)\))?(?P<null>\??)")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_RESERVED = frozenset({"metadata", "registry"})
"""Names that a declarative class of SQLAlchemy keeps for itself."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a type is written."""

    python: str
    """The annotation."""
    sql: str
    """The type of SQLAlchemy."""
    plain: bool = False
    """Whether the annotation says it all."""
    arguments: int = 0
    """How many numbers it may have, such as the length of a text."""


KINDS: Mapping[str, Kind] = {
    "str": Kind("str", "String", plain=True, arguments=1),
    "text": Kind("str", "Text"),
    "int": Kind("int", "Integer", plain=True),
    "bigint": Kind("int", "BigInteger"),
    "float": Kind("float", "Float", plain=True),
    "bool": Kind("bool", "Boolean", plain=True),
    "date": Kind("date", "Date", plain=True),
    "time": Kind("time", "Time", plain=True),
    "datetime": Kind("datetime", "DateTime(timezone=True)"),
    "decimal": Kind("Decimal", "Numeric", plain=True, arguments=2),
    "json": Kind("Any", "JSON"),
    "bytes": Kind("bytes", "LargeBinary", plain=True),
    "strings": Kind("list[str]", "ARRAY(String)"),
}
OPTIONS = "index, unique, fk=TABLE.COLUMN"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a new model."""

    name: str
    kind: Kind
    arguments: tuple[int, ...] = ()
    nullable: bool = False
    index: bool = False
    unique: bool = False
    target: str = ""
    """The column that it refers to: `author.id`."""

    @property
    def sql(self) -> str:
        """Its type of SQLAlchemy, with arguments."""
        numbers = ", ".join(map(str, self.arguments))
        return f"{self.kind.sql}({numbers})" if numbers else self.kind.sql


def parse_fields(texts: Sequence[str]) -> tuple[Field, ...]:
    """The fields; raises `UsageError` for what is none, or is there twice."""
    fields = tuple(map(parse_field, texts))
    names = [field.name for field in fields]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{name} is given twice", hint="Give every field once.", field=name)
    types = {word for field in fields for word in re.findall(r"\w+", field.kind.python)}
    if hidden := sorted(types.intersection(names)):
        raise UsageError(
            f"a field {hidden[0]!r} would hide the type {hidden[0]!r} in its class",
            hint=f"Call it {hidden[0]}_of_it, or what it is the {hidden[0]} of.",
            field=hidden[0],
        )
    if not fields:
        raise UsageError("a model needs a field", hint=_HINT)
    return fields


def parse_field(text: str) -> Field:
    """The field of `page_count:int?`, `title:str(200):index`, `author_id:str:fk=author.id`."""
    name, _, rest = text.partition(":")
    type_, *options = rest.split(":")
    found = _TYPE.fullmatch(type_)
    kind = KINDS.get(found["name"]) if found else None
    if found is None or kind is None:
        raise UsageError(
            f"{text!r} has no type that is known: {type_!r}",
            hint=f"The types are {', '.join(KINDS)}; null is allowed with ?: {name}:str?",
            text=text,
        )
    if not is_name(name) or not _NAME.fullmatch(name) or name in _RESERVED:
        raise UsageError(f"{name!r} is no name of a field", hint=_HINT, text=text)
    field = Field(name, kind, _numbers(text, kind, found["arguments"]), bool(found["null"]))
    return _with_options(text, field, options)


def is_name(text: str) -> bool:
    """Whether Python takes the name."""
    return text.isidentifier() and text.isascii() and not keyword.iskeyword(text)


def _numbers(text: str, kind: Kind, given: str | None) -> tuple[int, ...]:
    parts = [part.strip() for part in given.split(",")] if given else []
    if len(parts) > kind.arguments or not all(part.isdecimal() for part in parts):
        raise UsageError(f"{text!r} has numbers that its type does not take", hint=_HINT, text=text)
    return tuple(map(int, parts))


def _with_options(text: str, field: Field, options: Sequence[str]) -> Field:
    target = ""
    for option in options:
        key, _, value = option.partition("=")
        if key == "fk" and re.fullmatch(r"\w+(\.\w+){1,2}", value, re.ASCII):
            target = value
        elif option not in {"index", "unique"}:
            raise UsageError(
                f"{text!r} has an option that is none: {option!r}",
                hint=f"The options are {OPTIONS}.",
                text=text,
            )
    return Field(
        field.name,
        field.kind,
        field.arguments,
        field.nullable,
        index="index" in options,
        unique="unique" in options,
        target=target,
    )


_HINT = (
    "Write FIELD:TYPE, FIELD:TYPE? where null is allowed, and options after that: "
    f"title:str(200):index; see 'fidesdev models add --help' ({OPTIONS})."
)
