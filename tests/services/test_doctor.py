"""Every trouble that the doctor knows, made on a real database, found, and healed where it can."""

from __future__ import annotations

from hashlib import sha256

import pytest
from alembic import command

from fidesdev.core.doctor import DoctorReport, Finding
from fidesdev.services import doctor, migrations, stamping
from tests.notation import revisions
from tests.projects import Project, write_script
from tests.services.conftest import Make

FORK = "base0 > comm > aaa1 > aaa2, comm > bbb1 > bbb2"
AUTO = "with op.get_context().autocommit_block():\n    "


def goto(project: Project, rev: str) -> None:
    migrations.execute(migrations.goto(project.workspace, rev))


def examine(project: Project) -> DoctorReport:
    return doctor.examine(project.workspace)


def found(project: Project) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.revision) for finding in examine(project).findings]


def one(project: Project) -> Finding:
    (finding,) = examine(project).findings
    return finding


def rewrite(project: Project, tree: str) -> None:
    """Write the project's revision files again, with other parents."""
    for revision in revisions(tree):
        write_script(project.root, revision)


def remove(project: Project, *ids: str) -> None:
    for id_ in ids:
        (project.root / f"migrations/versions/{id_}.py").unlink()


def switch_off(project: Project) -> None:
    (project.root / ".fides.toml").write_text('[fidesdev]\njournal = "off"\n')


# Healthy


@pytest.mark.parametrize("rev", ["base", "comm", "bbb2", "heads"])
def test_healthy_database_has_no_finding(make: Make, rev: str) -> None:
    project = make(FORK)
    goto(project, rev)
    assert examine(project).findings == ()


def test_database_that_alembic_moved_is_healthy(make: Make) -> None:
    project = make("aaa0 > aaa1 > aaa2, bbb0 > bbb1 > bbb2, bbb2 ~ aaa1")
    command.upgrade(project.alembic, "bbb2")
    assert found(project) == []
    command.upgrade(project.alembic, "heads")
    assert found(project) == []
    command.downgrade(project.alembic, "bbb1")
    assert found(project) == []


def test_moves_by_us_and_by_alembic_leave_a_healthy_database(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    command.downgrade(project.alembic, "comm")
    command.upgrade(project.alembic, "bbb2")
    assert found(project) == []
    goto(project, "aaa1")
    assert found(project) == []


# Rows


def test_redundant_row_is_found_and_only_that_is_removed(make: Make) -> None:
    project = make("base0 > comm > aaa1, other")
    goto(project, "heads")
    project.sql("INSERT INTO alembic_version VALUES ('comm')")
    project.sql("INSERT INTO alembic_version VALUES ('gone')")
    report = examine(project)
    assert found(project) == [("redundant_row", "comm"), ("unknown_row", "gone")]
    assert report.before == {"aaa1", "comm", "gone", "other"}
    assert report.after == {"aaa1", "gone", "other"}
    assert not report.executed
    tables = project.tables()
    healed = doctor.heal(project.workspace)
    assert [finding.code for finding in healed.findings] == ["unknown_row"]
    assert project.rows() == healed.after == {"aaa1", "gone", "other"}
    assert project.tables() == tables
    again = doctor.heal(project.workspace)
    assert again.before == again.after == {"aaa1", "gone", "other"}


def test_unknown_row_is_told_with_its_source(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    remove(project, "aaa2")
    finding = one(project)
    assert (finding.code, finding.revision) == ("unknown_row", "aaa2")
    assert "its source is in journal" in finding.message
    assert "fidesdev db sync" in finding.hint


def test_unknown_row_without_a_source_is_told_so(make: Make) -> None:
    project = make(FORK)
    goto(project, "comm")
    project.sql("UPDATE alembic_version SET version_num = 'gone'")
    (finding,) = [f for f in examine(project).findings if f.code == "unknown_row"]
    assert "was found nowhere" in finding.message
    assert "fidesdev db stamp --forget gone" in finding.hint


def test_branch_whose_row_vanished_is_told(make: Make) -> None:
    project = make("base0 > more, other > late")
    goto(project, "more")
    goto(project, "late")
    project.sql("DELETE FROM alembic_version WHERE version_num = 'late'")
    finding = one(project)
    assert (finding.code, finding.revision) == ("forgotten_branch", "late")
    assert "t_late, t_other is still there" in finding.message
    assert "fidesdev db stamp late" in finding.hint
    stamping.stamp(project.workspace, "late")
    assert found(project) == []


def test_branch_that_alembics_stamp_forgot_is_told(make: Make) -> None:
    project = make("aaa0 > aaa1, bbb0 > bbb1, bbb1 ~ aaa1")
    goto(project, "bbb1")
    command.stamp(project.alembic, "aaa1")
    assert project.rows() == {"aaa1"}
    assert found(project) == [("forgotten_branch", "bbb1")]


def test_branch_that_alembic_downgraded_is_not_forgotten(make: Make) -> None:
    project = make("base0 > more, other > late")
    goto(project, "more")
    goto(project, "late")
    command.downgrade(project.alembic, "late@base")
    assert project.rows() == {"more"}
    assert found(project) == []


def test_database_file_that_was_made_anew_is_healthy(make_lite: Make) -> None:
    project = make_lite("base0 > more, other > late")
    goto(project, "heads")
    (project.root / "test.db").unlink()
    command.upgrade(project.alembic, "more")
    assert found(project) == []


# Revisions that were changed after they were applied


def test_parent_that_was_skipped_by_a_rebase_is_found_and_can_be_applied(make: Make) -> None:
    project = make(FORK)
    goto(project, "bbb2")
    rewrite(project, "base0 > comm > aaa1 > aaa2 > bbb1 > bbb2")
    report = examine(project)
    assert [(f.code, f.severity, f.revision) for f in report.findings] == [
        ("skipped_parent", "error", "aaa1"),
        ("skipped_parent", "error", "aaa2"),
    ]
    assert report.findings[0].hint == (
        "Apply it out of order: 'fidesdev db stamp comm', then 'fidesdev db upgrade aaa2', "
        "then 'fidesdev db stamp bbb2'."
    )
    stamping.stamp(project.workspace, "comm")
    migrations.execute(migrations.upgrade(project.workspace, "aaa2"))
    stamping.stamp(project.workspace, "bbb2")
    assert found(project) == []
    assert project.tables() == {"base0", "comm", "aaa1", "aaa2", "bbb1", "bbb2"}


def test_parent_that_was_skipped_is_found_without_a_journal(make: Make) -> None:
    project = make(FORK)
    switch_off(project)
    goto(project, "bbb2")
    rewrite(project, "base0 > comm > aaa1 > aaa2 > bbb1 > bbb2")
    assert found(project) == [("missing_table", "aaa1"), ("missing_table", "aaa2")]


def test_parent_that_alembic_applied_is_not_skipped(make: Make) -> None:
    project = make(FORK)
    command.upgrade(project.alembic, "aaa2")
    migrations.execute(migrations.upgrade(project.workspace, "bbb2"))
    rewrite(project, "base0 > comm > aaa1 > aaa2 > bbb1 > bbb2")
    assert found(project) == [("redundant_row", "aaa2")]
    doctor.heal(project.workspace)
    assert found(project) == []


def test_parent_that_leaves_no_table_may_have_been_skipped(make: Make) -> None:
    project = make(FORK)
    goto(project, "bbb2")
    rewrite(project, "base0 > comm > aaa1 > bbb1 > bbb2")
    remove(project, "aaa2")
    file = project.root / "migrations/versions/aaa1.py"
    file.write_text(file.read_text().replace("CREATE TABLE", "SELECT 1; --"))
    finding = one(project)
    assert (finding.code, finding.severity) == ("skipped_parent", "warning")
    assert "was never seen to be" in finding.message
    assert finding.hint.startswith("If it never was: apply it out of order")


def test_stamped_and_never_run_is_found(make: Make) -> None:
    project = make("base0 > more > late")
    goto(project, "base0")
    stamping.stamp(project.workspace, "late")
    assert found(project) == [("missing_table", "more"), ("missing_table", "late")]


def test_table_that_a_later_revision_takes_away_is_not_missed(make: Make) -> None:
    project = make("base0 > more > late")
    for id_, does in (("more", "DROP TABLE t_base0"), ("late", "ALTER TABLE t_more RENAME TO x")):
        project.break_step(id_, up=f"op.execute('{does}')")
    goto(project, "late")
    assert found(project) == []


def test_table_that_computed_sql_takes_away_is_not_missed(make: Make) -> None:
    project = make("base0 > more")
    loop = "for name in ['t_base0']:\n    op.execute(f'DROP TABLE {name}')"
    project.break_step("more", up=loop)
    goto(project, "more")
    assert found(project) == []


def test_edited_revision_is_told_with_both_hashes(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    file = project.root / "migrations/versions/aaa1.py"
    was = file.read_bytes()
    file.write_bytes(was + b"\n# a comment\n")
    assert found(project) == []
    file.write_bytes(was.replace(b"INTEGER", b"BIGINT"))
    finding = one(project)
    now = sha256(file.read_bytes()).hexdigest()
    assert (finding.code, finding.revision) == ("edited_revision", "aaa1")
    assert finding.path == "migrations/versions/aaa1.py"
    assert f"sha256 {sha256(was).hexdigest()[:12]} then, {now[:12]} now" in finding.message
    goto(project, "comm")
    assert found(project) == []


# The database


def test_invalid_index_is_told_with_the_way_to_heal_it(make_pg: Make) -> None:
    project = make_pg("base0 > more")
    goto(project, "base0")
    project.sql("INSERT INTO t_base0 VALUES (1), (1)")
    index = "op.execute('CREATE UNIQUE INDEX CONCURRENTLY \"Ix\" ON t_base0 (id)')"
    project.break_step("more", up=AUTO + index)
    with pytest.raises(Exception, match="could not create unique index"):
        goto(project, "more")
    finding = next(f for f in examine(project).findings if f.code == "invalid_index")
    assert "index Ix on t_base0 is invalid" in finding.message
    assert 'REINDEX INDEX CONCURRENTLY "public"."Ix"' in finding.hint
    project.sql('DROP INDEX CONCURRENTLY "public"."Ix"')
    assert "invalid_index" not in [code for code, _id in found(project)]


LONG = "x" * 40


def test_id_longer_than_its_column_is_told_before_it_is_applied(make_pg: Make) -> None:
    project = make_pg(f"base0 > {LONG}")
    assert found(project) == [("long_id", LONG)]
    goto(project, "base0")
    finding = one(project)
    assert (finding.code, finding.revision) == ("long_id", LONG)
    assert "has 40 characters and the version column holds 32" in finding.message
    project.sql("ALTER TABLE alembic_version ALTER COLUMN version_num TYPE varchar(255)")
    assert found(project) == []
    goto(project, LONG)
    assert found(project) == []


def test_sqlite_takes_ids_of_any_length(make_lite: Make) -> None:
    assert found(make_lite(f"base0 > {LONG}")) == []


def test_unstamped_database_is_known_by_its_tables(make: Make) -> None:
    project = make(FORK)
    switch_off(project)
    goto(project, "aaa1")
    project.sql("DROP TABLE alembic_version")
    finding = one(project)
    assert (finding.code, finding.revision) == ("unstamped", "aaa1")
    assert "revision aaa1 (100% of tables and columns)" in finding.message
    assert "fidesdev db stamp aaa1" in finding.hint
    assert project.rows() == set()


def test_unstamped_database_is_told_for_each_lineage(make: Make) -> None:
    project = make("base0 > more, other > late, idle")
    switch_off(project)
    goto(project, "more")
    goto(project, "other")
    project.sql("DELETE FROM alembic_version")
    assert found(project) == [("unstamped", "more"), ("unstamped", "other")]


def test_database_of_somebody_else_is_not_unstamped(make: Make) -> None:
    project = make(FORK)
    project.sql("CREATE TABLE theirs (id int)")
    assert found(project) == []


def test_version_table_elsewhere_is_read_there(make_pg: Make) -> None:
    project = make_pg(f"base0 > {LONG}", options={"version_table": "Mine"})
    (project.root / ".fides.toml").write_text('[fidesdev]\nversion_table = "Mine"\n')
    goto(project, "base0")
    assert found(project) == [("long_id", LONG)]
    assert 'ALTER TABLE "Mine" ALTER COLUMN version_num TYPE varchar(255)' in one(project).hint
    project.sql('ALTER TABLE "Mine" ALTER COLUMN version_num TYPE text')
    assert found(project) == []


# The files


def test_broken_graph_is_reported_and_the_rest_examined(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    text = (project.root / "migrations/versions/aaa2.py").read_text()
    (project.root / "migrations/versions/twin.py").write_text(text)
    remove(project, "comm")
    report = examine(project)
    assert {finding.code for finding in report.findings} == {"broken_graph"}
    messages = " ".join(finding.message for finding in report.findings)
    assert "revision aaa2 is defined twice" in messages
    assert "names the parent comm" in messages
    assert report.before == report.after == {"aaa2"}
