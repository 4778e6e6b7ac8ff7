"""The hazards that `db lint` finds, by code: squawk's rules under their own names, and ours."""

from __future__ import annotations

from collections.abc import Mapping

from fidesdev.core.check_codes import Check
from fidesdev.core.lint_squawk import SQUAWK

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
        "forth differs from a new one. Compared are the statements of both directions; an "
        "extension may have been there before, and may stay.",
        "Drop it in the downgrade; an enum type is dropped by its own 'DROP TYPE'.",
    ),
    Check(
        "autocommit-backfill",
        "error",
        "rows are changed outside of a transaction",
        "In an autocommit block every statement is kept at once. A run that fails after it is "
        "started again from the beginning and changes the rows a second time.",
        "Change rows in the transaction, or so that a second time changes nothing: "
        "UPDATE ... WHERE new_column IS NULL, INSERT ... ON CONFLICT DO NOTHING.",
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
        "a column is dropped and another of its type is added to the same table",
        "Autogenerate writes a renamed column so, and its values are lost. Not found where the "
        "upgrade reads the old column in an UPDATE or INSERT before.",
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
        "revision on every database that is built from nothing. Not found are modules beside "
        "env.py, and names that stand in columns alone: autogenerate writes types so.",
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
        "batch_alter_table copies the table and drops the old one, unless it only adds columns or "
        "indexes; with 'PRAGMA foreign_keys=ON' SQLite then deletes the rows that refer to it with "
        "ON DELETE CASCADE.",
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

LINTS: Mapping[str, Check] = {**{check.code: check for check in OWN}, **SQUAWK}
SIZED = frozenset(
    {
        "adding-field-with-default",
        "adding-foreign-key-constraint",
        "adding-not-nullable-field",
        "adding-serial-primary-key-field",
        "changing-column-type",
        "constraint-missing-not-valid",
        "disallowed-unique-constraint",
        "require-concurrent-index-creation",
        "require-concurrent-index-deletion",
        "require-concurrent-partition-detach",
        "require-concurrent-reindex",
        "unbatched-write",
    }
)
"""What is as bad as the table is large; who relies on a thing does so whatever its size."""
