"""A row or a statement that the database, or its model, does not take: exit 1."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Self

from fidesdev.errors.base import FidesdevError


class RecordError(FidesdevError, ValueError):
    """A row would break a rule of its model or of its table; nothing was written."""

    code = "invalid_record"

    def at(self, source: str, line: int) -> Self:
        """This error as that of one line of a file."""
        self.args = (f"{source}, line {line}: {self.args[0]}",)
        self.facts |= {"file": source, "line": line}
        return self


class UnknownField(RecordError, AttributeError):
    """A value is given for something that the model does not have."""

    code = "unknown_field"

    def __init__(self, model: str, fields: tuple[str, ...], known: tuple[str, ...]) -> None:
        near = get_close_matches(fields[0], known, n=1) if fields else []
        meant = f"Did you mean {near[0]!r}? " if near else ""
        super().__init__(
            f"{model} has no field {' or '.join(map(repr, fields))}",
            hint=f"{meant}Its fields are {', '.join(known)}; see 'fidesdev models show {model}'.",
            model=model,
            fields=list(fields),
            known=list(known),
        )


class KeyValidationError(RecordError):
    """A key holds other characters than letters, digits, `-` and `_`, or there is none."""

    code = "invalid_key"

    def __init__(self, model: str, reason: str, *, key: object = None) -> None:
        super().__init__(
            f"{model} {reason}",
            hint="Give a key of letters, digits, '-' and '_', or a name that one can be made of.",
            model=model,
            key=key,
        )


class DuplicateRecord(RecordError):
    """Another row has the value already, where values must be unique."""

    code = "duplicate_record"

    def __init__(self, model: str, values: dict[str, str]) -> None:
        shown = ", ".join(f"{field} {value!r}" for field, value in values.items())
        super().__init__(
            f"{model} with {shown} already exists",
            hint=f"Choose another value, or look at the row with 'fidesdev records list {model}'.",
            model=model,
            values=values,
        )


class KeyOrNameAlreadyExists(DuplicateRecord):
    """Another row of the model has the key or the name."""

    code = "key_or_name_exists"


class RecordRefused(RecordError):
    """The database refused the values (a reference, a missing or a too long one) or a deletion."""

    code = "record_refused"

    def __init__(self, model: str, reason: str, *, constraint: str | None = None) -> None:
        super().__init__(
            f"{model} was refused by the database: {reason}",
            hint=f"Look at the table with 'fidesdev models show {model}'.",
            model=model,
            constraint=constraint,
        )


class InvalidValue(RecordError):
    """A value that its column cannot hold."""

    code = "invalid_value"

    def __init__(
        self, model: str, field: str, value: str, *, type_: str, allowed: str, reason: str = ""
    ) -> None:
        super().__init__(
            f"{model}.{field} cannot be {value!r}{reason and ': ' + reason}",
            hint=f"It takes {allowed}; see 'fidesdev models show {model}'.",
            model=model,
            field=field,
            value=value,
            type=type_,
            allowed=allowed,
        )


class MissingValue(RecordError):
    """A column that needs a value has none."""

    code = "missing_value"

    def __init__(self, model: str, field: str, type_: str = "") -> None:
        super().__init__(
            f"{model}.{field} needs a value and may not be null",
            hint=f"Give it one: {field}=VALUE{type_ and f' ({type_})'}; "
            f"see 'fidesdev models show {model}'.",
            model=model,
            field=field,
            type=type_,
        )


class BrokenReference(RecordError):
    """A row refers to one that is not there, or is referred to by one that stays."""

    code = "broken_reference"

    def __init__(self, model: str, reason: str, *, hint: str, **facts: object) -> None:
        super().__init__(f"{model}: {reason}", hint=hint, model=model, **facts)


class CheckFailed(RecordError):
    """The values break a condition that the table checks."""

    code = "check_failed"

    def __init__(self, model: str, constraint: str, condition: str) -> None:
        super().__init__(
            f"{model} breaks its rule {constraint!r}{condition and ': ' + condition}",
            hint=f"See its rules with 'fidesdev models show {model}'.",
            model=model,
            constraint=constraint,
            condition=condition,
        )


class SqlFailed(FidesdevError, RuntimeError):
    """The database refused a statement that was typed; `output` is what came before."""

    code = "sql_failed"

    def __init__(self, reason: str, output: str = "") -> None:
        super().__init__(
            f"the statement failed: {reason}",
            hint="Correct it, or try it out in 'fidesdev db shell'.",
            output=output,
        )
