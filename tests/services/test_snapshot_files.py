"""Snapshots written to files and made from them, whole or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fidesdev.adapters.catalog import read_catalog
from fidesdev.adapters.dump_programs import Programs, read_dump
from fidesdev.adapters.postgres import connect
from fidesdev.adapters.row_checksums import row_checksums
from fidesdev.adapters.snapshot_contents import readable
from fidesdev.core.snapshots import Snapshot
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import (
    AlreadyExists,
    CopyFailed,
    NotADump,
    ProgramTooOld,
    SnapshotExists,
    TransferFailed,
)
from fidesdev.services import snapshot_files, snapshots
from tests.projects import Project
from tests.services.snapshotted import kept, save, snapshotted


@pytest.fixture
def project(tmp_path: Path, url: DatabaseUrl | None) -> Iterator[Project]:
    (tmp_path / "data").mkdir()
    with snapshotted(tmp_path / "data", url) as made:
        yield made


@pytest.fixture
def pg(tmp_path: Path, database: DatabaseUrl) -> Iterator[Project]:
    with snapshotted(tmp_path, database) as made:
        yield made


def same(project: Project, one: Snapshot, other: Snapshot) -> bool:
    """Whether two snapshots hold the same schema and rows."""
    found = []
    for snapshot in (one, other):
        with readable(project.url, snapshot) as url:
            found.append((read_catalog(url).fingerprint, row_checksums(url)))
    return found[0] == found[1]


def test_snapshot_that_was_exported_can_be_imported_again(project: Project, tmp_path: Path) -> None:
    if project.url.backend == "postgresql":
        project.sql("CREATE TYPE mood AS ENUM ('b', 'a')")
        project.sql("CREATE SEQUENCE s START 5")
    saved, file = save(project, "ünï 'quoted' \\ one"), tmp_path / "x.dump"
    exported = snapshot_files.export(project.workspace, saved.name, str(file))
    assert exported.bytes == file.stat().st_size > 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(SnapshotExists):
        snapshot_files.import_(project.workspace, str(file))
    report = snapshot_files.import_(project.workspace, str(file), "again")
    (imported,) = report.snapshots
    place = imported.storage
    assert replace(saved, name="again", storage=place, bytes=imported.bytes) == imported
    assert set(kept(project)) == {saved, imported}
    assert same(project, saved, imported)
    snapshots.restore(project.workspace, "again", keep=False)
    assert len(project.sql("SELECT * FROM t")) == 2


def test_file_keeps_its_name_and_facts_without_the_database(
    project: Project, tmp_path: Path
) -> None:
    saved, file = save(project, "one"), tmp_path / "x.dump"
    snapshot_files.export(project.workspace, "one", str(file))
    snapshots.delete(project.workspace, ["one"])
    (imported,) = snapshot_files.import_(project.workspace, str(file)).snapshots
    assert (imported.name, imported.created, imported.message) == ("one", saved.created, "why")


def test_import_replaces_when_told_to(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "x.dump"
    save(project, "one")
    snapshot_files.export(project.workspace, "one", str(file))
    for _time in range(2):  # its facts are the same each time, its place is not
        report = snapshot_files.import_(project.workspace, str(file), force=True)
        assert report.replaced
        assert kept(project) == report.snapshots


def test_file_that_is_there_is_replaced_only_when_told_to(project: Project, tmp_path: Path) -> None:
    save(project, "one")
    file = tmp_path / "x.dump"
    file.write_text("mine")
    with pytest.raises(AlreadyExists, match="there already"):
        snapshot_files.export(project.workspace, "one", str(file))
    with pytest.raises(AlreadyExists, match="folder"):
        snapshot_files.export(project.workspace, "one", str(tmp_path), force=True)
    assert file.read_text() == "mine"
    assert snapshot_files.export(project.workspace, "one", str(file), force=True).replaced
    snapshot_files.import_(project.workspace, str(file), "two")


def test_dry_runs_write_nothing(project: Project, tmp_path: Path) -> None:
    save(project, "one")
    file = tmp_path / "x.dump"
    report = snapshot_files.export(project.workspace, "one", str(file), dry_run=True)
    assert (report.executed, report.bytes) == (False, None)
    assert not file.exists()
    snapshot_files.export(project.workspace, "one", str(file))
    planned = snapshot_files.import_(project.workspace, str(file), "two", dry_run=True)
    assert (planned.executed, planned.snapshots[0].name) == (False, "two")
    assert [one.name for one in kept(project)] == ["one"]


@pytest.mark.parametrize("text", ["", "select 1;", "PGDMP", "SQLite format 3\0" + "x" * 200])
def test_file_that_is_no_dump_is_refused(project: Project, tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.dump"
    file.write_text(text)
    with pytest.raises((NotADump, CopyFailed)):
        snapshot_files.import_(project.workspace, str(file))
    assert kept(project) == ()
    with pytest.raises(NotADump, match="no such file"):
        snapshot_files.import_(project.workspace, str(tmp_path / "none"))


def test_folder_that_is_not_there_is_told(project: Project, tmp_path: Path) -> None:
    save(project, "one")
    with pytest.raises(TransferFailed, match="No such file"):
        snapshot_files.export(project.workspace, "one", str(tmp_path / "no" / "x.dump"))


def test_paths_are_those_of_the_working_directory(project: Project) -> None:
    save(project, "one")
    report = snapshot_files.export(project.workspace, "one", "x.dump")
    assert Path(report.path) == project.workspace.cwd / "x.dump"
    assert Path(report.path).is_file()


def test_dump_that_is_cut_off_leaves_no_snapshot(pg: Project, tmp_path: Path) -> None:
    pg.sql("INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, 20000) n")
    save(pg, "one")
    file = tmp_path / "x.dump"
    snapshot_files.export(pg.workspace, "one", str(file))
    file.write_bytes(file.read_bytes()[:-100_000])
    before = databases(pg)
    with pytest.raises(TransferFailed, match="could not import"):
        snapshot_files.import_(pg.workspace, str(file), "two")
    assert databases(pg) == before


def test_dump_of_a_role_that_is_not_here_is_imported_and_told(pg: Project, tmp_path: Path) -> None:
    role, file = f"{pg.url.database}_owner", tmp_path / "x.dump"
    pg.sql(f"CREATE ROLE {role}")
    pg.sql(f"ALTER TABLE t OWNER TO {role}")
    pg.sql(f"GRANT SELECT ON alembic_version TO {role}")
    save(pg, "one")
    snapshot_files.export(pg.workspace, "one", str(file))
    snapshots.delete(pg.workspace, ["one"])
    pg.sql(f"REASSIGN OWNED BY {role} TO CURRENT_USER")
    pg.sql(f"DROP OWNED BY {role}")
    pg.sql(f"DROP ROLE {role}")
    report = snapshot_files.import_(pg.workspace, str(file))
    assert report.missing_roles == (role,)
    with readable(pg.url, report.snapshots[0]) as url:
        assert row_checksums(url) == row_checksums(pg.url)


def test_dump_of_somebody_else_is_named_after_its_file(pg: Project, tmp_path: Path) -> None:
    file = tmp_path / "from prod.dump"
    program = programs(pg).dump()
    argv = (program, "--format=custom", "--file", file)
    assert programs(pg).run(argv, lambda _done: None)[0] == 0
    (imported,) = snapshot_files.import_(pg.workspace, str(file)).snapshots
    assert (imported.name, imported.revisions, imported.message) == ("from prod", ("a1",), None)


def test_programs_that_are_too_old_are_told(pg: Project, tmp_path: Path) -> None:
    with pytest.raises(ProgramTooOld, match=r"pg_dump .* is too old for the server"):
        replace(programs(pg), server_version=990000).dump()
    newer = tmp_path / "newer.dump"
    newer.write_bytes(b"PGDMP\x01\x63\x00\x04\x08\x01")
    with pytest.raises(ProgramTooOld, match=r"too old for .*newer\.dump"):
        programs(pg).restore(newer)


def test_password_is_not_among_the_arguments(pg: Project, tmp_path: Path) -> None:
    """A program that writes down how it was called stands before the real one."""
    place = tmp_path / "bin"
    place.mkdir()
    real = programs(pg).dump()
    wrapper = place / "pg_dump"
    wrapper.write_text(f'#!/bin/sh\necho "$@" >> {place}/calls\nexec {real} "$@"\n')
    wrapper.chmod(0o755)
    save(pg, "one")
    secret = replace(pg.url, password="hush-hush")
    environ = {**os.environ, **pg.environ, "FIDESDEV_PG_BIN": str(place)}
    workspace = replace(
        pg.workspace,
        environ=environ,
        settings=replace(pg.workspace.settings, database_url=secret),
    )
    if pg.url.password:  # a server that asks for one would not take another
        workspace = replace(workspace, settings=pg.workspace.settings)
    snapshot_files.export(workspace, "one", str(tmp_path / "x.dump"))
    called = (place / "calls").read_text()
    assert "--format custom" in called
    assert "hush-hush" not in called
    assert not pg.url.password or pg.url.password not in called


def test_progress_counts_tables(pg: Project, tmp_path: Path) -> None:
    heard: list[int] = []
    tools, file = replace(programs(pg), every=0.0), tmp_path / "x"
    tools.run((tools.dump(), "--format=custom", "--file", file), heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 2
    assert read_dump(tools.restore(file), file).tables == 2


@pytest.mark.parametrize("pause", [0.1, 0.4])
def test_kill_leaves_no_part_under_the_name_of_the_file(
    pg: Project, tmp_path: Path, pause: float
) -> None:
    pg.sql("INSERT INTO t SELECT n, repeat(md5(n::text), 20) FROM generate_series(1, 30000) n")
    saved, file = save(pg, "one"), tmp_path / "x.dump"
    command = [sys.executable, "-m", "fidesdev", "--database-url", pg.url.render()]
    for verb in (("export", "one", str(file)), ("export", "one", str(file), "--force")):
        with subprocess.Popen([*command, "snapshot", *verb], cwd=tmp_path) as process:
            time.sleep(pause)
            process.send_signal(signal.SIGKILL)
    if file.exists():
        snapshot_files.import_(pg.workspace, str(file), "whole")
    snapshots.restore(pg.workspace, "one", keep=False)
    assert saved in kept(pg)


def test_killed_import_leaves_no_snapshot_and_the_next_one_clears_it(
    pg: Project, tmp_path: Path
) -> None:
    pg.sql("INSERT INTO t SELECT n, repeat(md5(n::text), 20) FROM generate_series(1, 30000) n")
    save(pg, "one")
    file = tmp_path / "x.dump"
    snapshot_files.export(pg.workspace, "one", str(file))
    command = [sys.executable, "-m", "fidesdev", "--database-url", pg.url.render()]
    before = databases(pg)
    arguments = ("snapshot", "import", str(file), "two")
    with subprocess.Popen([*command, *arguments], cwd=tmp_path) as process:
        while databases(pg) == before and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert [one.name for one in kept(pg) if one.name == "two"] == []
    snapshot_files.import_(pg.workspace, str(file), "two")
    assert len(databases(pg)) == len(before) + 1


def databases(project: Project) -> set[str]:
    """Those that carry this database's snapshots or are being made for it."""
    with closing(connect(project.url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE datname = %s OR datname IN %s",
            (project.url.database, (making(project), *storages(project), "")),
        )
        return {name for (name,) in cursor.fetchall()}


def making(project: Project) -> str:
    from fidesdev.adapters.database_copies import making_name

    return making_name(project.url.database)


def storages(project: Project) -> list[str]:
    return [one.storage for one in kept(project)]


def programs(project: Project) -> Programs:
    with closing(connect(project.url)) as connection:
        return Programs(project.url, os.environ, connection.server_version)
