"""Whether a plan is one transaction."""

from __future__ import annotations

import textwrap

import pytest

from fidesdev.core.atomicity import Atomicity, StepSource, atomicity

PLAIN = "def upgrade():\n    op.create_table('t')\n\ndef downgrade():\n    op.drop_table('t')\n"


def script(body: str, direction: str = "up", *, more: str = "") -> StepSource:
    """A step that runs the lines; the other direction is harmless."""
    text = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    names = ("upgrade", "downgrade") if direction == "up" else ("downgrade", "upgrade")
    source = f"{more}\n\ndef {names[0]}():\n{text}\n\ndef {names[1]}():\n    pass\n"
    return StepSource(direction, "aaa1", source.encode())


def judged(*steps: StepSource, env: str = "", backend: str = "postgresql") -> Atomicity:
    return atomicity(backend, env.encode(), steps)


def plain(id_: str) -> StepSource:
    return StepSource("up", id_, PLAIN.encode())


def test_plain_steps_are_one_transaction() -> None:
    found = judged(plain("aaa1"), plain("bbb1"), env="context.configure(connection=c)")
    assert (found.atomic, found.reasons, found.explicit_begin) == (True, (), True)


@pytest.mark.parametrize(
    "env",
    [
        "context.configure(connection=c, transaction_per_migration=True)",
        "context.configure(connection=c, transaction_per_migration=choose())",
        "OPTIONS = {'transaction_per_migration': True}\ncontext.configure(**OPTIONS)",
    ],
)
def test_a_transaction_per_migration_keeps_the_steps_before(env: str) -> None:
    assert judged(plain("aaa1"), plain("bbb1"), env=env).reasons == (
        "env.py asks for a transaction per migration",
    )


def test_a_transaction_per_migration_is_all_of_a_single_step() -> None:
    assert judged(plain("aaa1"), env="context.configure(transaction_per_migration=True)").atomic


def test_env_that_declines_a_transaction_per_migration_gets_one_for_all() -> None:
    env = "context.configure(transaction_per_migration=False)"
    assert judged(plain("aaa1"), plain("bbb1"), env=env).atomic


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            "with op.get_context().autocommit_block():\n    op.execute('VACUUM')",
            "aaa1 leaves the transaction by autocommit_block()",
        ),
        ("op.get_bind().commit()", "aaa1 ends the transaction itself"),
        ("bind = op.get_bind()\nbind.rollback()", "aaa1 ends the transaction itself"),
        ("op.execute('COMMIT')", "aaa1 ends the transaction itself"),
        ("op.execute('UPDATE t SET a = 1; commit;')", "aaa1 ends the transaction itself"),
        ("op.execute('END TRANSACTION')", "aaa1 ends the transaction itself"),
        (
            "op.get_bind().execution_options(isolation_level='AUTOCOMMIT')",
            "aaa1 uses a connection in autocommit mode",
        ),
    ],
)
def test_a_script_that_commits_is_named(body: str, why: str) -> None:
    assert judged(script(body)).reasons == (why,)


@pytest.mark.parametrize(
    "body",
    [
        '"""Commit to the new names."""',
        "op.execute('ROLLBACK TO SAVEPOINT a')",
        "op.execute(\"COMMENT ON TABLE t IS 'commit'\")",
        "op.add_column('t', Column('commit', Text()))",
        "session = Session(bind=op.get_bind())\nsession.add(x)\nsession.commit()",
        "db = sessionmaker(bind=op.get_bind())()\ndb.commit()",
    ],
)
def test_what_only_looks_like_a_commit_is_harmless(body: str) -> None:
    assert judged(script(body)).atomic


def test_only_the_direction_that_runs_counts() -> None:
    step = script("op.execute('COMMIT')", "down")
    assert not judged(step).atomic
    assert judged(StepSource("up", "aaa1", step.source)).atomic


def test_functions_that_are_called_count_and_others_do_not() -> None:
    committing = "def backfill():\n    op.get_bind().commit()\n"
    assert judged(script("backfill()", more=committing)).reasons == (
        "aaa1 ends the transaction itself",
    )
    assert judged(script("pass", more=committing)).atomic


def test_functions_that_call_each_other_end() -> None:
    again = "def backfill():\n    backfill()\n    op.execute('COMMIT')\n"
    assert not judged(script("backfill()", more=again)).atomic


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("PRAGMA foreign_keys=OFF", "PRAGMA foreign_keys"),
        ("pragma  foreign_keys = 0;", "pragma foreign_keys"),
        ("PRAGMA foreign_keys(0)", "PRAGMA foreign_keys"),
        ("PRAGMA journal_mode = WAL", "PRAGMA journal_mode"),
        ("VACUUM", "VACUUM"),
        ("VACUUM INTO 'copy.db'", "VACUUM"),
        ("ATTACH 'other.db' AS other", "ATTACH"),
    ],
)
def test_what_sqlite_ignores_or_refuses_in_a_transaction_forbids_one(
    statement: str, words: str
) -> None:
    step = script(f'op.execute("{statement}")')
    found = judged(step, backend="sqlite")
    assert found.reasons == (f"aaa1 runs {words}, which is for outside of a transaction",)
    assert not found.explicit_begin
    assert judged(step, backend="postgresql").explicit_begin


@pytest.mark.parametrize("statement", ["PRAGMA foreign_keys", "PRAGMA table_info(t)"])
def test_asking_sqlite_is_harmless(statement: str) -> None:
    assert judged(script(f'op.execute("{statement}")'), backend="sqlite").atomic


@pytest.mark.parametrize("source", [b"commit(", b"commit\0", b"", b"# commit"])
def test_a_file_that_does_not_parse_or_has_no_function_counts_as_harmless(source: bytes) -> None:
    assert judged(StepSource("up", "aaa1", source)).atomic
