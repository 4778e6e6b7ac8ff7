"""The request names something that does not exist: exit 1."""

from __future__ import annotations

from fidesdev.errors.base import FidesdevError


class LookupFailed(FidesdevError, LookupError):
    """The request names something that does not exist."""

    code = "not_found"


class UnknownRevision(LookupFailed):
    """No revision of this checkout has the name."""

    code = "unknown_revision"

    def __init__(self, text: str, nearest: tuple[str, ...] = (), *, reason: str = "") -> None:
        listed = f"The nearest: {', '.join(nearest)}. " if nearest else ""
        super().__init__(
            f"no revision matches {text!r}{reason and ': ' + reason}",
            hint=f"{listed}List them with 'fidesdev db history'.",
            text=text,
            nearest=list(nearest),
        )


class AmbiguousRevision(LookupFailed):
    """Several revisions have the name."""

    code = "ambiguous_revision"

    def __init__(self, text: str, candidates: tuple[str, ...], *, hint: str | None = None) -> None:
        super().__init__(
            f"{text!r} can mean {len(candidates)} revisions",
            hint=hint or f"Name one of them: {', '.join(candidates)}.",
            text=text,
            candidates=list(candidates),
        )


class UnknownRow(LookupFailed):
    """The version table has no such row."""

    code = "unknown_row"

    def __init__(self, row: str, rows: tuple[str, ...]) -> None:
        super().__init__(
            f"the version table has no row {row!r}; it has {', '.join(rows) or 'none'}",
            hint="See what they mean with 'fidesdev db current'.",
            row=row,
            rows=list(rows),
        )


class NothingRecorded(LookupFailed):
    """No journal says where the database was before."""

    code = "nothing_recorded"

    def __init__(self) -> None:
        super().__init__(
            "nothing is recorded that changed this database",
            hint="See what is recorded with 'fidesdev db log'; name a revision for "
            "'fidesdev db goto REV'.",
        )


class UnknownRecord(LookupFailed):
    """No row of a table has the id or key."""

    code = "unknown_record"


class AmbiguousRecord(LookupFailed):
    """Several rows share the shortened id."""

    code = "ambiguous_record"


class MissingTable(LookupFailed):
    """The database answers, but does not have the table that the verb is about."""

    code = "missing_table"


class UnknownModel(LookupFailed):
    """No mapped class and no table has the name."""

    code = "unknown_model"

    def __init__(self, text: str, database: str, nearest: tuple[str, ...] = ()) -> None:
        listed = f"Did you mean {' or '.join(map(repr, nearest))}? " if nearest else ""
        super().__init__(
            f"database {database!r} has no model or table {text!r}",
            hint=f"{listed}List them with 'fidesdev models list'.",
            text=text,
            database=database,
            nearest=list(nearest),
        )


class AmbiguousModel(LookupFailed):
    """Several tables have the name."""

    code = "ambiguous_model"

    def __init__(self, text: str, candidates: tuple[str, ...]) -> None:
        super().__init__(
            f"{text!r} can mean {len(candidates)} tables",
            hint=f"Name one of them: {', '.join(candidates)}; see 'fidesdev models list'.",
            text=text,
            candidates=list(candidates),
        )


class UnknownTable(LookupFailed):
    """No revision of this checkout names the table or column."""

    code = "unknown_table"

    def __init__(self, name: str, nearest: tuple[str, ...] = ()) -> None:
        listed = f"The nearest: {', '.join(nearest)}. " if nearest else ""
        super().__init__(
            f"no revision of this checkout creates or changes {name!r}",
            hint=f"{listed}The database's own tables: 'fidesdev models list'.",
            name=name,
            nearest=list(nearest),
        )


class UnknownRef(LookupFailed):
    """No git ref has the name, or there are no revision files at it."""

    code = "unknown_ref"

    def __init__(self, ref: str, reason: str, nearest: tuple[str, ...] = ()) -> None:
        listed = f"The nearest: {', '.join(nearest)}. " if nearest else ""
        super().__init__(
            f"'git:{ref}': {reason}",
            hint=f"{listed}List the refs with 'git for-each-ref'.",
            ref=ref,
            nearest=list(nearest),
        )


class UnknownUrl(LookupFailed):
    """The registry has no such name, or no such version."""

    code = "unknown_url"

    def __init__(self, name: str, version: str | None, known: tuple[str, ...]) -> None:
        from difflib import get_close_matches

        nearest = get_close_matches(name.upper() if version else name, known, n=3)
        listed = f"The nearest: {', '.join(nearest)}. " if nearest else ""
        where = f"version {version} of the API has no URL" if version else "the API has no version"
        super().__init__(
            f"{where} {name!r}",
            hint=f"{listed}List them with 'fidesdev api urls'.",
            name=name,
            version=version,
            nearest=nearest,
        )
