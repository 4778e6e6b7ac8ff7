"""A password of which every trace is looked for: on disk, on screens, in command lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from fidesdev.adapters.postgres_snapshots import list_snapshots
from fidesdev.core.url import DatabaseUrl
from tests.cli.conftest import AskThere
from tests.projects import Project, make_project
from tests.roles import WITHOUT_SPARES, role

MARKER = "Zq7xVw"
"""Is nowhere else."""
PASSWORD = f"{MARKER}/p@ss %41'#"
TREE = "base0 > comm > aaa1"
SESSION = (
    (0, "config show -v"), (0, "config show --json"), (0, "db url --json"), (0, "db status -v"),
    (0, "db upgrade comm -v"), (1, "db upgrade aaa1 -v"), (1, "db upgrade aaa1 --json"),
    (0, "db plan base --record --json"), (0, "db undo -y"), (0, "db upgrade comm"),
    (0, "db log --json"), (0, "db shell -c SELECT(1)"), (0, "snapshot save one"),
    (0, "snapshot export one one.dump"), (0, "snapshot import one.dump two --json"),
    (0, "snapshot show one --json"), (0, "snapshot restore one -y"), (None, "doctor --json"),
    (None, "doctor -v"), (0, "db doctor --json"), (None, "db check --json"), (4, "hooks status"),
    (4, "db status --database-url {nobody}"), (4, "db status --database-url {nowhere} --json"),
    (2, "db status --database-url {unknown} -v"), (4, "snapshot list --database-url {nobody}"),
)  # fmt: skip
"""Exit code (None: whatever is found) and command."""
BUG = 70
RUNNERS = {"db undo -y": f"python:{sys.executable}"}
"""Commands whose migrations run in another process."""
FAILING = {
    name: f"{scheme}://me:{quote(PASSWORD, safe='')}@{host}/{MARKER[:3]}"
    for name, scheme, host in (
        ("nobody", "postgresql", "127.0.0.1:1"),
        ("nowhere", "postgresql", "db.invalid"),
        ("unknown", "mysql", "localhost"),
    )
}


@pytest.fixture
def secret(database: DatabaseUrl, tmp_path: Path) -> Iterator[Project]:
    """A project whose third revision fails with the URL that it runs on."""
    project = make_project(tmp_path / "project", TREE, database)
    (project.root / ".fides.toml").write_text(WITHOUT_SPARES)
    shown = "op.get_bind().engine.url.render_as_string(hide_password=False)"
    project.break_step("aaa1", up=f"raise RuntimeError('cannot reach ' + {shown})")
    with role(database, "SUPERUSER", PASSWORD) as url:
        yield replace(project, url=url)


@pytest.mark.server
def test_a_password_leaves_no_trace(
    secret: Project, ask_there: AskThere, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = secret.url
    settings = {"SERVER": place.host, "PORT": str(place.port), "DB": place.database}
    for name, text in (settings | {"USER": place.user, "PASSWORD": PASSWORD}).items():
        monkeypatch.setenv(f"FIDES__DATABASE__{name}", text)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / ".cache"))
    said = []
    with children() as started:
        for code, command in SESSION:
            monkeypatch.setenv("FIDES__FIDESDEV__RUNNER", RUNNERS.get(command, "auto"))
            words = [word.format_map(FAILING) for word in command.split()]
            answer = ask_there(secret.root, *words)
            assert answer.code == code or (code is None and answer.code != BUG), (command, answer)
            said.append(answer.out + answer.err)
            assert MARKER not in said[-1], (command, answer)
    assert sum("cannot reach" in text and "***" in text for text in said) >= 2
    assert {Path(argv[0]).name for argv, _held in started} >= {"pg_dump", "pg_restore", "psql"}
    assert [argv for argv, _held in started if MARKER in " ".join(argv)] == []
    held = {name for _argv, names in started for name in names}
    assert held <= {"PGPASSWORD", "FIDES__DATABASE__PASSWORD"}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"revisions.json", "one.dump"} <= {path.name for path in files}
    assert [path for path in files if MARKER.encode() in path.read_bytes()] == []
    snapshots = [one for one in list_snapshots(place) if one.database == place.database]
    assert len(snapshots) >= 2
    assert MARKER not in str([one.facts() for one in snapshots])
    for table in ("move", "step", "source"):
        kept = secret.sql(f"SELECT t::text FROM fidesdev.{table} t")
        assert kept
        assert MARKER not in str(kept)


@contextmanager
def children() -> Iterator[list[tuple[list[str], set[str]]]]:
    """Of each process that is started: its words, and the variables that hold the marker."""
    started: list[tuple[list[str], set[str]]] = []
    looking = True

    def hear(event: str, args: tuple[Any, ...]) -> None:
        if looking and event == "subprocess.Popen":
            _program, argv, _cwd, env = args
            words = [os.fsdecode(word) for word in argv]
            held = {os.fsdecode(k) for k, v in (env or os.environ).items() if MARKER in str(v)}
            started.append((words, held))

    sys.addaudithook(hear)  # which stays for good
    try:
        yield started
    finally:
        looking = False
