"""A row or a statement that the database, or its model, does not take: exit 1."""

from __future__ import annotations

from fidesdev.errors.base import FidesdevError


class RecordError(FidesdevError, ValueError):
    """A row would break a rule of its model or of its table; nothing was written."""

    code = "invalid_record"


class UnknownField(RecordError, AttributeError):
    """A value is given for something that the model does not have."""

    code = "unknown_field"

    def __init__(self, model: str, fields: tuple[str, ...], known: tuple[str, ...]) -> None:
        super().__init__(
            f"{model} has no field {' or '.join(map(repr, fields))}",
            hint=f"Its fields are {', '.join(known)}; 'fidesdev db shell' shows the rows.",
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
            hint="Choose another value, or look at the row with 'fidesdev db shell'.",
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
            hint="Look at the table and its rows with 'fidesdev db shell'.",
            model=model,
            constraint=constraint,
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
