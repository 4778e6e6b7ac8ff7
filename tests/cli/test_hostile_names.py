"""Names that would be SQL, a path, a format or a screen's controls if they were not names only."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.cli.conftest import Ask
from tests.projects import make_project, tables

HOSTILE = "x'\"; DROP TABLE t_base0; -- %s %(a)s \\ ../é"
COMMANDS = (
    "db create", "db upgrade comm", "db status", "db current", "db doctor", "db log",
    "snapshot save {name}", "snapshot show {name}", "snapshot diff {name}", "db upgrade aaa1",
    "snapshot restore {name} --yes", "db plan aaa1 --verify", "db goto base0 --yes",
    "db undo --yes", "snapshot rename {name} {name}2", "snapshot export {name}2 one.dump",
    "snapshot import one.dump {name}3", "snapshot delete {name}3 --yes", "db shell -c SELECT(1)",
    "db reset --yes", "db drop --yes --no-snapshot",
)  # fmt: skip


@pytest.mark.parametrize("backend", ["postgresql", "sqlite"])
def test_names_are_names_only(
    request: pytest.FixtureRequest, tmp_path: Path, ask: Ask, backend: str
) -> None:
    url = DatabaseUrl("sqlite", str(tmp_path / "x'\";-- %s.db"))
    if backend == "postgresql":
        database: DatabaseUrl = request.getfixturevalue("database")
        url = database.with_database(f"{database.database}'\";-- %s\\")
    options = {"version_table": HOSTILE[:60]}
    project = make_project(tmp_path / "project", "base0 > comm > aaa1", url, options=options)
    quoted = options["version_table"].replace("\\", "\\\\").replace('"', '\\"')
    settings = f'[fidesdev]\nversion_table = "{quoted}"\n[fidesdev.snapshots]\nspares = 0\n'
    (project.root / ".fides.toml").write_text(settings, encoding="utf-8")
    names = {"{name}": HOSTILE, "{name}2": f"{HOSTILE}2", "{name}3": f"{HOSTILE}3"}
    if backend == "sqlite":
        names["one.dump"] = str(tmp_path / "one.db")
    try:
        for command in COMMANDS:
            if backend == "sqlite" and "shell" in command:
                continue  # its program need not be there
            answer = ask(project, *(names.get(word, word) for word in command.split()))
            assert answer.code in {0, 3}, (command, answer.err)
            if command in {"db upgrade comm", "snapshot restore {name} --yes"}:
                assert {"t_base0", "t_comm"} <= tables(url)
    finally:
        for verb in ("snapshot prune --keep 0 --named --yes", "db drop --yes --no-snapshot"):
            ask(project, *verb.split())
    strangers = [path for path in tmp_path.rglob("*") if "DROP" in path.name]
    assert strangers == []


def test_a_snapshot_file_names_no_place_outside(tmp_path: Path, ask: Ask) -> None:
    project = make_project(tmp_path / "project", "base0 > comm")
    assert ask(project, "db", "upgrade").code == 0
    assert ask(project, "snapshot", "save", "one").code == 0
    file = tmp_path / "one.db"
    assert ask(project, "snapshot", "export", "one", str(file)).code == 0
    before = {path for path in tmp_path.rglob("*") if project.root not in path.parents}
    with closing(sqlite3.connect(file)) as opened, opened:
        ((facts,),) = opened.execute("SELECT facts FROM fidesdev_snapshot")
        hostile = facts.replace('"one"', '"../../../evil"')
        assert hostile != facts
        opened.execute("UPDATE fidesdev_snapshot SET facts = ?", (hostile,))
    answer = ask(project, "snapshot", "import", str(file))
    assert answer.code in {0, 1, 2}, answer
    assert {path for path in tmp_path.rglob("*") if project.root not in path.parents} == before
    assert [path for path in project.root.rglob("*evil*") if "snapshots" not in str(path)] == []
