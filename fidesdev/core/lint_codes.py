"""The hazards that `db lint` finds, by code: squawk's rules under their own names, and ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fidesdev.core.check_codes import Check

SQUAWK_DOCS = "https://squawkhq.com/docs"

OWN = (
    Check(
        "enum-value-used",
        "error",
        "a new enum value is used in the transaction that adds it",
        "PostgreSQL refuses it: 'unsafe use of new value'. It works where the value was added by "
        "an earlier command, and fails on a database that is built from nothing.",
        "Add the value in 'with op.get_context().autocommit_block():', or in a revision of its own "
        "in a project with transaction_per_migration.",
    ),
    Check(
        "downgrade-forgets",
        "warning",
        "the downgrade leaves behind what the upgrade made",
        "The next upgrade fails because it is there already, or a database that went back and "
        "forth differs from a new one. Compared are the statements of both directions.",
        "Drop it in the downgrade; an enum type is dropped by its own 'DROP TYPE'.",
    ),
    Check(
        "autocommit-backfill",
        "error",
        "rows are changed outside of a transaction",
        "In an autocommit block every statement is kept at once. A run that fails after it is "
        "started again from the beginning and changes the rows a second time.",
        "Change rows in the transaction, or so that a second time changes nothing.",
    ),
    Check(
        "unbatched-write",
        "warning",
        "an existing table's rows are rewritten in one statement",
        "All changed rows stay locked until the transaction ends, with whatever locks the other "
        "statements hold, and the old versions of the rows bloat the table.",
        "Change them in batches in a revision of their own, or outside of migrations.",
    ),
    Check(
        "drop-and-add",
        "warning",
        "a column is dropped and another is added to the same table",
        "Autogenerate writes a renamed column so, and its values are lost.",
        "Where it is a new name: op.alter_column(..., new_column_name=...).",
    ),
    Check(
        "enum-value-stays",
        "warning",
        "a value is added to an enum, which no downgrade can take back",
        "PostgreSQL drops no single value. The downgrade has to make a new type without it, and "
        "to move every column to that.",
        "Recreate the type in the downgrade, or say with an ignore that the value stays.",
    ),
    Check(
        "model-import",
        "error",
        "the revision imports the project's own code",
        "The code goes on and the revision does not: a model that gets a column later breaks the "
        "revision on every database that is built from nothing.",
        "Write the tables that it needs into the revision: sa.table('t', sa.column('c')).",
    ),
    Check(
        "computed-default",
        "error",
        "a default is computed when the migration runs",
        "A time, a random number or an id is computed once by Python, so that every row gets the "
        "same one, and every database another.",
        "Leave it to the database: server_default=sa.func.now() or sa.text('gen_random_uuid()').",
    ),
    Check(
        "unnamed-constraint",
        "warning",
        "a constraint is made without a name",
        "The database chooses one, and a downgrade cannot drop what it cannot name. A naming "
        "convention of the project's metadata names it, as long as env.py hands that over.",
        "Name it as the first argument.",
    ),
    Check(
        "batch-cascades",
        "error",
        "a table is made anew on SQLite while others cascade from it",
        "batch_alter_table copies the table and drops the old one; with 'PRAGMA foreign_keys=ON' "
        "SQLite then deletes the rows that refer to it with ON DELETE CASCADE.",
        "Turn foreign keys off around the block, outside of a transaction.",
    ),
    Check(
        "several-large-tables",
        "warning",
        "one transaction locks several large tables",
        "Each lock is kept until the end, so that the second table's work blocks the first one's "
        "users, and two such transactions can wait for each other.",
        "Give each table a revision of its own.",
    ),
)

_SQUAWK = {
    "error": {
        "adding-field-with-default": "a volatile default rewrites the table under a lock",
        "adding-not-nullable-field": "SET NOT NULL scans the table under a lock",
        "adding-required-field": "a column that must be given breaks who does not know it yet",
        "adding-serial-primary-key-field": "a serial column rewrites the table under a lock",
        "ban-concurrent-index-creation-in-transaction": "CONCURRENTLY fails in a transaction",
        "ban-drop-database": "a database is dropped",
        "ban-duplicate-column-assignments": "one column is assigned twice",
        "ban-truncate-cascade": "TRUNCATE CASCADE empties tables that are not named",
        "ban-uncommitted-transaction": "a transaction is begun and not committed",
        "changing-column-type": "another type rewrites the table under a lock",
        "disallowed-unique-constraint": "a unique constraint builds its index under a lock",
        "identifier-too-long": "a name of more than 63 bytes is cut off",
        "syntax-error": "PostgreSQL cannot read the statement",
        "transaction-nesting": "a transaction is begun inside of Alembic's own",
    },
    "warning": {
        "adding-foreign-key-constraint": "a foreign key scans the table and locks both",
        "ban-alter-domain-with-add-constraint": "a domain's constraint scans every table of it",
        "ban-create-domain-with-constraint": "a domain's constraint is hard to change later",
        "ban-drop-column": "a column is dropped while old code may still read it",
        "ban-drop-constraint": "a constraint is dropped that clients may rely on",
        "ban-drop-not-null": "NOT NULL is dropped that clients may rely on",
        "ban-drop-table": "a table is dropped while old code may still read it",
        "constraint-missing-not-valid": "a constraint scans the table under a lock",
        "renaming-column": "a column is renamed while old code still uses the old name",
        "renaming-table": "a table is renamed while old code still uses the old name",
        "require-concurrent-index-creation": "building an index blocks writes",
        "require-concurrent-index-deletion": "dropping an index blocks everything",
        "require-concurrent-partition-detach": "detaching a partition blocks everything",
        "require-concurrent-reindex": "REINDEX blocks writes",
        "unused-ignore": "a squawk comment silences nothing",
    },
}
_SQUAWK_STYLE = {
    "ban-char-field": "char(n) pads with blanks",
    "prefer-bigint-over-int": "a 32 bit number can run out",
    "prefer-bigint-over-smallint": "a 16 bit number can run out",
    "prefer-identity": "identity columns are the standard's serial",
    "prefer-repack": "VACUUM FULL and CLUSTER block everything, pg_repack does not",
    "prefer-robust-stmts": "outside of a transaction a second run needs IF [NOT] EXISTS",
    "prefer-text-field": "changing a varchar's length takes a lock",
    "prefer-timestamp-tz": "a timestamp without a zone means nobody knows when",
    "require-enum-value-ordering": "a value is added without saying where",
    "require-lock-timeout": "waiting for a lock blocks everybody behind",
    "require-statement-timeout": "a statement may run for ever",
    "require-table-schema": "a table is named without its schema",
    "require-timeout-settings": "neither lock_timeout nor statement_timeout is set",
}
"""What is a matter of taste, or set once for the role: looked for only when it is asked for."""


def _from_squawk() -> Iterator[Check]:
    for severity, rules in _SQUAWK.items():
        for code, summary in rules.items():
            yield _squawk_check(code, summary, severity)
    for code, summary in _SQUAWK_STYLE.items():
        yield _squawk_check(code, summary, "warning", on_request=True)


def _squawk_check(code: str, summary: str, severity: str, *, on_request: bool = False) -> Check:
    page = f"{SQUAWK_DOCS}/{code}"
    return Check(
        code,
        "error" if severity == "error" else "warning",
        summary,
        f"A rule of the PostgreSQL linter squawk, which explains it and its cure: {page}",
        f"See {page}",
        on_request=on_request,
    )


SQUAWK: Mapping[str, Check] = {check.code: check for check in _from_squawk()}
LINTS: Mapping[str, Check] = {**{check.code: check for check in OWN}, **SQUAWK}
STYLE = frozenset(_SQUAWK_STYLE)
