"""`db lint`: each hazard is found where it is, and only there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from psycopg2.sql import SQL

from fidesdev.adapters.squawk import find_program, judge
from fidesdev.config import Flags
from fidesdev.core.checks import CheckReport
from fidesdev.core.lint_codes import LINTS
from fidesdev.core.lint_squawk import SQUAWK as RULES
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import UsageError
from fidesdev.services.linting import lint
from fidesdev.services.workspace import open_workspace
from tests.branches import make_branches
from tests.conftest import execute
from tests.projects import make_project
from tests.services.lint_cases import OWN, PAIRS, SQUAWK, script

URL = "postgresql://nobody@127.0.0.1:1/never_connected_to"
NOT_FOUND_ALONE = {
    "batch-cascades",  # SQLite
    "several-large-tables",  # with a live database
    "ban-uncommitted-transaction",  # Alembic always ends with a COMMIT
    "require-timeout-settings",  # squawk's old name of two others
}


def cases() -> Iterator[tuple[str, str, str, str]]:
    """(code, sign, upgrade, downgrade) of every case."""
    for code, (bad, good) in {**SQUAWK, **OWN}.items():
        yield code, "bad", bad, "pass"
        yield code, "good", good, "pass"
    for code, (bad_pair, good_pair) in PAIRS.items():
        yield code, "bad", *bad_pair
        yield code, "good", *good_pair


def linted(folder: Path, files: Mapping[str, str], **options: object) -> CheckReport:
    """What is found in a project of these revision files, of PostgreSQL unless `url` says else."""
    project = make_project(folder, [])
    (folder / "shop").mkdir()
    (folder / "shop" / "__init__.py").touch()
    for name, text in files.items():
        (project.root / "migrations" / "versions" / f"{name}.py").write_text(text)
    url = str(options.pop("url", URL))
    workspace = open_workspace(Flags(database_url=url), environ={}, cwd=folder)
    return lint(workspace, ":", **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The codes found in each case, with every rule that there is."""
    files, parent = {}, None
    for number, (code, sign, up, down) in enumerate(cases()):
        id_ = f"r{number:03}"
        files[f"{code}-{sign}"] = script(id_, parent, up, down)
        parent = id_
    report = linted(tmp_path_factory.mktemp("all"), files, only=[*LINTS])
    found: dict[str, set[str]] = {name: set() for name in files}
    for one in report.findings:
        found[Path(one.path or "").stem].add(one.code)
    return found


@pytest.mark.parametrize("code", sorted({*SQUAWK, *OWN, *PAIRS}))
def test_a_hazard_is_found_where_it_is_alone(everything: dict[str, set[str]], code: str) -> None:
    assert code in everything[f"{code}-bad"]
    assert code not in everything[f"{code}-good"]


def test_every_code_has_its_cases() -> None:
    assert {*SQUAWK, *OWN, *PAIRS} | NOT_FOUND_ALONE == set(LINTS)


def test_every_rule_of_squawk_has_its_cases() -> None:
    """The program has the rules' names twice, one behind the other, but for a few that differ."""
    program = find_program().read_bytes()
    plain, camel = (
        max((run.decode() for run in re.findall(pattern, program) if name in run), key=len)
        for pattern, name in (
            (rb"[a-z-]{500,}", b"ban-drop-column"),
            (rb"[A-Za-z]{500,}", b"BanDropColumn"),
        )
    )
    for rule in sorted(RULES, key=len, reverse=True):
        plain = plain.replace(rule, " ")
        camel = camel.replace("".join(word.capitalize() for word in rule.split("-")), " ")

    assert plain.split() == []
    assert len(camel.split()) <= 2, "what stands before the names and behind them"
    cannot_be_chosen = {"syntax-error", "unused-ignore"}
    assert judge({"a": "SELECT 1;"}, opt_in=RULES.keys() - cannot_be_chosen) == ()


def test_squawks_old_name_of_two_rules_asks_for_both(tmp_path: Path) -> None:
    up = "op.drop_column('old', 'c')"
    report = linted(
        tmp_path / "p", {"aaa1": script("aaa1", None, up)}, only=["require-timeout-settings"]
    )

    assert {one.code for one in report.findings} == {
        "require-lock-timeout",
        "require-statement-timeout",
    }


def test_a_transaction_of_the_scripts_own_is_judged_beside_alembics(tmp_path: Path) -> None:
    """`ban-uncommitted-transaction` is left to SQL without Alembic's COMMIT at its end."""
    text = script("aaa1", None, "op.execute('BEGIN')  # second\nop.execute('SELECT 1')")
    report = linted(tmp_path / "p", {"aaa1": text}, only=[*RULES])

    assert lines(report, "transaction-nesting") == numbered(text, "# second")
    assert not lines(report, "ban-uncommitted-transaction")


def test_a_commit_is_told_where_the_script_sends_it(tmp_path: Path) -> None:
    text = script("aaa1", None, "op.execute('COMMIT')  # here\nop.execute('SELECT 1')")
    report = linted(tmp_path / "p", {"aaa1": text}, only=["transaction-nesting"])

    assert lines(report, "transaction-nesting") == numbered(text, "# here")
    assert [one.message for one in report.findings] == [
        "the script ends Alembic's transaction itself"
    ]


@pytest.mark.parametrize("up", ["op.drop_column('old', 'c')\nmissing()", "missing()"])
def test_a_script_that_stops_has_no_transaction_of_its_own(tmp_path: Path, up: str) -> None:
    report = linted(tmp_path / "p", {"aaa1": script("aaa1", None, up)}, only=[*RULES])

    assert not lines(report, "transaction-nesting")
    assert not lines(report, "ban-uncommitted-transaction")


def lines(report: CheckReport, code: str) -> list[int]:
    return sorted(one.line or 0 for one in report.findings if one.code == code)


def numbered(text: str, fragment: str) -> list[int]:
    """The lines of the text that have the fragment."""
    return [number for number, line in enumerate(text.splitlines(), 1) if fragment in line]


def test_findings_are_in_the_line_that_sends_the_statement(tmp_path: Path) -> None:
    text = script(
        "aaa1",
        None,
        "for column in ('a', 'b'):\n    op.drop_column('old', column)  # loop\n"
        "with op.batch_alter_table('old') as batch:  # batch\n    batch.drop_column('d')\n"
        "_gone('old')  # helper\nop.execute('SELECT 1; ALTER TABLE old DROP COLUMN f')  # second",
    )
    text += "\n\ndef _gone(table):\n    op.execute(sa.text(f'ALTER TABLE {table} DROP COLUMN e'))\n"
    report = linted(tmp_path / "p", {"aaa1": text}, only=["ban-drop-column"])

    expected = [
        number
        for fragment in ("# loop", "# batch", "sa.text(f", "# second")
        for number in numbered(text, fragment)
    ]
    assert lines(report, "ban-drop-column") == sorted(expected)
    assert {one.path for one in report.findings} == {"migrations/versions/aaa1.py"}
    assert {one.message.partition(":")[0] for one in report.findings} == {
        *("old.a, old.b", "old.d", "old.e", "old.f")
    }


def test_a_table_of_the_same_revision_is_nobodys_yet(tmp_path: Path) -> None:
    up = (
        "op.create_table('made', sa.Column('id', sa.Integer(), primary_key=True),"
        " sa.Column('c', sa.Text()))\nop.create_index('ix', 'made', ['c'])\n"
        "op.create_unique_constraint('uq', 'made', ['c'])\nop.drop_column('made', 'c')\n"
        'op.execute("UPDATE made SET id = 1")'
    )
    report = linted(tmp_path / "p", {"aaa1": script("aaa1", None, up, "op.drop_table('made')")})

    assert report.findings == ()
    assert not report.skipped


def test_a_downgrade_may_drop_what_it_likes(tmp_path: Path) -> None:
    up = "op.add_column('old', sa.Column('c', sa.Text()))"
    down = "op.drop_column('old', 'c')\nop.execute('UPDATE old SET d = 1')"

    assert linted(tmp_path / "p", {"aaa1": script("aaa1", None, up, down)}).findings == ()


def test_an_ignore_with_a_reason_silences_and_one_of_no_use_is_told(tmp_path: Path) -> None:
    drop = script("aaa1", None, "op.drop_column('old', 'c')", "op.f('x')")
    useless = script("bbb1", "aaa1", "op.execute('SELECT 1')", "op.f('x')")
    files = {
        "aaa1": f"# fidesdev: ignore[ban-drop-column] nobody reads it since 2.0\n{drop}",
        "bbb1": f"# fidesdev: ignore[renaming-table] it is ours\n{useless}",
    }
    report = linted(tmp_path / "p", files)

    assert [(one.code, one.path) for one in report.findings] == [
        ("ignore", "migrations/versions/bbb1.py")
    ]


def test_a_script_that_asks_the_database_is_told_and_read_as_far_as_it_goes(
    tmp_path: Path,
) -> None:
    up = "op.drop_column('old', 'c')\nop.get_bind().execute(sa.text('SELECT 1')).scalar_one()"
    report = linted(tmp_path / "p", {"aaa1": script("aaa1", None, up)})

    assert [one.code for one in report.findings] == ["ban-drop-column"]
    assert "aaa1 (" in report.skipped[0].reason


def test_what_this_python_cannot_import_is_told_by_name(tmp_path: Path) -> None:
    files = {
        "aaa1": script("aaa1", None, "import no_such_package.part"),
        "bbb1": script("bbb1", "aaa1", "import neither_this"),
    }
    report = linted(tmp_path / "p", files)

    assert "2 revisions import what this Python does not have: neither_this, no_such_package" in (
        report.skipped[0].reason
    )


def test_what_a_script_prints_is_not_ours(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    linted(tmp_path / "p", {"aaa1": script("aaa1", None, "print('hello')")})

    assert capfd.readouterr() == ("", "")


def test_on_sqlite_a_table_that_others_cascade_from_is_not_made_anew(tmp_path: Path) -> None:
    files = {
        "aaa1": script(
            "aaa1",
            None,
            "op.create_table('child', sa.Column('p', sa.Integer(),"
            " sa.ForeignKey('parent.id', ondelete='CASCADE')))",
        ),
        "bbb1": script(
            "bbb1",
            "aaa1",
            "with op.batch_alter_table('parent') as batch:\n    batch.drop_column('c')\n"
            "with op.batch_alter_table('child') as batch:\n    batch.drop_column('c')",
        ),
    }
    report = linted(tmp_path / "p", files, url="sqlite:///shop.db")

    assert [(one.code, one.message) for one in report.findings] == [
        ("batch-cascades", "parent is made anew while rows of others cascade from it")
    ]


def test_the_sizes_of_live_tables_say_how_severe_a_lock_is(
    tmp_path: Path, database: DatabaseUrl
) -> None:
    for table, rows in (("large", 150_000), ("other", 120_000), ("small", 10)):
        statement = f"CREATE TABLE {table} AS SELECT n AS c FROM generate_series(1, {rows}) n"
        execute(database, SQL(statement))
    execute(database, SQL("ANALYZE"))
    up = "".join(f"op.create_index('ix_{t}', '{t}', ['c'])\n" for t in ("large", "other", "small"))
    up += "op.rename_table('large', 'larger')"
    text = script("aaa1", None, up, "op.drop_index('ix_large')")
    report = linted(tmp_path / "p", {"aaa1": text}, url=database.render(), live=True)

    severities = {
        one.message.partition(":")[0].rpartition(" ")[2]: one.severity
        for one in report.findings
        if one.code == "require-concurrent-index-creation"
    }
    assert severities == {"large": "error", "other": "error", "small": "warning"}
    assert [one.severity for one in report.findings if one.code == "renaming-table"] == ["warning"]
    assert any("large has about 150,000 rows" in one.message for one in report.findings)
    assert [one.message for one in report.findings if one.code == "several-large-tables"] == [
        "other is locked together with large"
    ]


def test_the_configuration_says_what_is_looked_for(tmp_path: Path) -> None:
    files = {"aaa1": script("aaa1", None, "op.drop_column('old', 'c')")}
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / ".fides.toml").write_text(
        "[fidesdev.lint]\nban-drop-column = 'error'\nrequire-lock-timeout = 'warning'\n"
    )
    report = linted(tmp_path / "p", files)

    assert {(one.code, one.severity) for one in report.findings} == {
        ("ban-drop-column", "error"),
        ("require-lock-timeout", "warning"),
    }


def test_without_a_range_ones_own_revisions_are_linted(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > bbb1")
    for id_ in ("aaa1", "bbb1"):
        parent = {"aaa1": None, "bbb1": "aaa1"}[id_]
        text = script(id_, parent, f"op.drop_column('old', '{id_}')")
        branches.file(id_).write_text(text)
    workspace = open_workspace(Flags(database_url=URL), environ={}, cwd=branches.project.root)
    report = lint(workspace)

    assert report.against == "main"
    assert {one.revision for one in report.findings} == {"bbb1"}


def test_an_unknown_code_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no hazard 'ban-drop-colum'") as raised:
        linted(tmp_path / "p", {}, only=["ban-drop-colum"])

    assert "ban-drop-column" in (raised.value.hint or "")
