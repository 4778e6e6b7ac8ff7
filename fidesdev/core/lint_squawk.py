"""The rules of squawk, the linter of PostgreSQL's SQL, and what heals them in a revision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from fidesdev.core.check_codes import Check

DOCS = "https://squawkhq.com/docs"
ALIASES: Mapping[str, tuple[str, ...]] = {
    "require-timeout-settings": ("require-lock-timeout", "require-statement-timeout")
}
"""Rules that squawk reports under the names of others."""

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
        "ban-alter-identity": "inserts that give the value, or do not, stop to work",
        "ban-create-domain-with-constraint": "a domain's constraint is hard to change later",
        "ban-drop-column": "a column is dropped while old code may still read it",
        "ban-drop-constraint": "a constraint is dropped that clients may rely on",
        "ban-drop-default": "a default is dropped that inserts may rely on",
        "ban-drop-domain": "a domain is dropped while old code may still use it",
        "ban-drop-extension": "an extension is dropped with everything that it brought",
        "ban-drop-function": "a function is dropped while old code may still call it",
        "ban-drop-generated-expression": "a generated column is computed no longer",
        "ban-drop-not-null": "NOT NULL is dropped that clients may rely on",
        "ban-drop-schema": "a schema is dropped while old code may still use it",
        "ban-drop-sequence": "a sequence is dropped while old code may still draw from it",
        "ban-drop-table": "a table is dropped while old code may still read it",
        "ban-drop-type": "a type is dropped while old code may still name it",
        "ban-drop-view": "a view is dropped while old code may still read it",
        "ban-set-schema": "something moves to another schema while old code looks in the old one",
        "constraint-missing-not-valid": "a constraint scans the table under a lock",
        "renaming-column": "a column is renamed while old code still uses the old name",
        "renaming-object": "a type, view or the like is renamed while old code uses the old name",
        "renaming-table": "a table is renamed while old code still uses the old name",
        "require-concurrent-index-creation": "building an index blocks writes",
        "require-concurrent-index-deletion": "dropping an index blocks everything",
        "require-concurrent-partition-detach": "detaching a partition blocks everything",
        "require-concurrent-reindex": "REINDEX blocks writes",
        "unused-ignore": "a squawk comment in SQL names a rule that does not exist",
    },
}
_SQUAWK_STYLE = {
    "ban-add-column": "a column is added for which code with SELECT * may not be ready",
    "ban-add-composite-attribute": "a composite type gets an attribute that clients do not know",
    "ban-add-enum-value": "an enum gets a value that clients do not know",
    "ban-alter-database-options": "a setting of the whole database is changed",
    "ban-alter-extension": "an extension is updated, and what it brought with it",
    "ban-alter-function-options": "a function's options are changed under its callers",
    "ban-alter-generated-expression": "a generated column is computed in another way",
    "ban-alter-policy-condition": "a policy lets other rows through",
    "ban-alter-policy-roles": "a policy holds for other roles",
    "ban-alter-role-options": "a role's options are changed",
    "ban-alter-row-level-security": "row level security is switched",
    "ban-alter-sequence-values": "a sequence gives other values",
    "ban-alter-system-options": "a setting of the whole server is changed",
    "ban-alter-view-options": "a view's options are changed under its readers",
    "ban-char-field": "char(n) pads with blanks",
    "ban-create-policy": "a policy decides who sees which rows",
    "ban-detach-inheritance": "a child's rows are no longer in its parent",
    "ban-disable-trigger": "a trigger no longer fires",
    "ban-drop-index": "an index is dropped that queries may rely on",
    "ban-drop-policy": "a policy is dropped that decided who sees which rows",
    "ban-drop-trigger": "a trigger is dropped with what it did on every write",
    "ban-new-write-restriction": "a new constraint refuses what old code may still write",
    "ban-replace-view-function": "a view or function is replaced under its users",
    "ban-replica-identity": "what is replicated of a changed row changes",
    "ban-revoke": "a privilege is taken away",
    "ban-set-default": "a default changes what old code writes",
    "prefer-bigint-over-int": "a 32 bit number can run out",
    "prefer-bigint-over-smallint": "a 16 bit number can run out",
    "prefer-identity": "identity columns are the standard's serial",
    "prefer-repack": "VACUUM FULL and CLUSTER block everything, PostgreSQL 19 has REPACK",
    "prefer-robust-stmts": "outside of a transaction a second run needs IF [NOT] EXISTS",
    "prefer-text-field": "changing a varchar's length takes a lock",
    "prefer-timestamp-tz": "a timestamp without a zone means nobody knows when",
    "require-enum-value-ordering": "a value is added without saying where",
    "require-lock-timeout": "waiting for a lock blocks everybody behind",
    "require-statement-timeout": "a statement may run for ever",
    "require-table-schema": "a table is named without its schema",
    "require-timeout-settings": "lock_timeout or statement_timeout is not set",
}
"""What is a matter of taste, or set once for the role: looked for only when it is asked for."""


class _Advice(NamedTuple):
    remedy: str
    """In Alembic's terms."""
    why: str


_LATER = _Advice(
    "Deploy code that does not use it first, and drop it in a revision that runs after that.",
    "Every server that still runs the old code fails from the moment the revision is applied.",
)
_NOT_VALID = _Advice(
    "Add it without looking at the rows there are (postgresql_not_valid=True, or NOT VALID), and "
    "look at them in the next revision: op.execute('ALTER TABLE t VALIDATE CONSTRAINT c').",
    "Checking every row takes as long as reading the table, and the lock is held meanwhile. "
    "VALIDATE CONSTRAINT reads the table without keeping anybody from writing.",
)
_TIMEOUT = _Advice(
    "Set it on the role or in env.py, or first in the revision: "
    "op.execute(\"SET LOCAL lock_timeout = '2s'\").",
    "A statement that waits for a lock has everybody wait who comes after it.",
)
_CONCURRENTLY = _Advice(
    "Build it outside of the transaction: with op.get_context().autocommit_block(): "
    "op.create_index(..., postgresql_concurrently=True).",
    "Nobody can write to the table until the index is built. Built concurrently it takes longer "
    "and blocks nobody; one that failed stays behind INVALID and is to be dropped.",
)
_REMEDIES: Mapping[str, _Advice] = {
    "adding-field-with-default": _Advice(
        "Add the column without a default, give the default to new rows by op.alter_column(..., "
        "server_default=...), and fill the old ones in batches.",
        "A constant is kept once for all rows; a value that differs by row, such as "
        "gen_random_uuid(), is written to each of them.",
    ),
    "adding-foreign-key-constraint": _NOT_VALID,
    "adding-not-nullable-field": _Advice(
        "Add CHECK (c IS NOT NULL) NOT VALID, validate it in the next revision, and set NOT NULL "
        "then: PostgreSQL 12 and later see by the constraint that no row is NULL.",
        "Every row is read for a NULL while nobody can read or write.",
    ),
    "adding-required-field": _Advice(
        "Give it a server_default, or add it with nullable=True, fill it, and make it NOT NULL "
        "in a later revision.",
        "It fails on a table with rows, and on an empty one every insert by the old code fails.",
    ),
    "adding-serial-primary-key-field": _Advice(
        "Build the unique index concurrently, then op.execute('ALTER TABLE t ADD CONSTRAINT c "
        "PRIMARY KEY USING INDEX i').",
        "The key's index is built while nobody can read or write.",
    ),
    "ban-concurrent-index-creation-in-transaction": _Advice(
        "Put it in 'with op.get_context().autocommit_block():'.",
        "PostgreSQL refuses it in a transaction, and Alembic runs upgrades in one.",
    ),
    "ban-drop-column": _LATER,
    "ban-drop-table": _LATER,
    "ban-drop-type": _LATER,
    "ban-drop-view": _LATER,
    "ban-truncate-cascade": _Advice(
        "Name every table that is to be emptied.",
        "Every table that refers to this one is emptied too, and those that refer to them.",
    ),
    "ban-uncommitted-transaction": _Advice(
        "Take the BEGIN out: Alembic begins and commits.",
        "The script opens a transaction and leaves it open. Found where nothing behind it "
        "commits; a script that Alembic runs in its transaction ends with Alembic's own COMMIT, "
        "so that 'transaction-nesting' tells it there.",
    ),
    "changing-column-type": _Advice(
        "Add a column of the new type, write to both, fill it in batches, and let the code change "
        "over.",
        "Most changes write every row and every index anew while nobody can read or write. Not "
        "found where the downgrade shows that a VARCHAR only becomes longer, or TEXT.",
    ),
    "constraint-missing-not-valid": _NOT_VALID,
    "disallowed-unique-constraint": _Advice(
        "Build a unique index concurrently, then op.execute('ALTER TABLE t ADD CONSTRAINT c "
        "UNIQUE USING INDEX i').",
        "The constraint's index is built while nobody can read or write.",
    ),
    "prefer-robust-stmts": _Advice(
        "Say if_not_exists=True or if_exists=True, in SQL IF [NOT] EXISTS.",
        "What ran before the failure is kept, so that the second run stumbles over it.",
    ),
    "renaming-column": _Advice(
        "Add the new column, write to both, let the code change over, and drop the old one in a "
        "later revision.",
        _LATER.why,
    ),
    "renaming-table": _Advice(
        "Leave a view of the old name behind until no code uses it.",
        _LATER.why,
    ),
    "require-concurrent-index-creation": _CONCURRENTLY,
    "require-concurrent-index-deletion": _Advice(
        "Drop it outside of the transaction: with op.get_context().autocommit_block(): "
        "op.drop_index(..., postgresql_concurrently=True, if_exists=True).",
        "It waits for every query on the table, and everybody behind it waits with it.",
    ),
    "require-enum-value-ordering": _Advice(
        "Say where: ALTER TYPE t ADD VALUE 'v' AFTER 'last', or BEFORE.",
        "Without it the value comes last, which decides what ORDER BY makes of it.",
    ),
    "require-lock-timeout": _TIMEOUT,
    "require-statement-timeout": _TIMEOUT,
    "require-timeout-settings": _Advice(
        _TIMEOUT.remedy,
        "squawk's old name of require-lock-timeout and require-statement-timeout together.",
    ),
    "transaction-nesting": _Advice(
        "Take BEGIN and COMMIT out; what must not run in a transaction goes into "
        "'with op.get_context().autocommit_block():'.",
        "Alembic begins and commits. A COMMIT of the script's own ends Alembic's transaction, so "
        "that a failure after it leaves half a revision behind.",
    ),
    "unused-ignore": _Advice(
        "Correct the name, or use '# fidesdev: ignore[RULE] reason' in the revision file.",
        "The comment '-- squawk-ignore RULE' stands in the SQL that the script sends.",
    ),
}
"""By rule; of the others squawk's own pages tell."""

_PAGES = {"prefer-timestamp-tz": "prefer-timestamptz", "unused-ignore": "cli"}
"""Where squawk's page of a rule is named otherwise."""


def _from_squawk() -> Iterator[Check]:
    for severity, rules in _SQUAWK.items():
        for code, summary in rules.items():
            yield _squawk_check(code, summary, severity)
    for code, summary in _SQUAWK_STYLE.items():
        yield _squawk_check(code, summary, "warning", on_request=True)


def _squawk_check(code: str, summary: str, severity: str, *, on_request: bool = False) -> Check:
    page = f"{DOCS}/{_PAGES.get(code, code)}"
    advice = _REMEDIES.get(code, _Advice(f"See {page}", ""))
    return Check(
        code,
        "error" if severity == "error" else "warning",
        summary,
        f"{advice.why} A rule of the PostgreSQL linter squawk: {page}".strip(),
        advice.remedy,
        on_request=on_request,
    )


SQUAWK: Mapping[str, Check] = {check.code: check for check in _from_squawk()}
STYLE = frozenset(_SQUAWK_STYLE)
REMEDIED = frozenset(_REMEDIES)
"""The rules whose remedy here says more than squawk does."""
