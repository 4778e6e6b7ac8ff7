"""The worker as a program of its own: JSON lines in, JSON lines out, and nothing survives stdin."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fidesdev.adapters import worker
from fidesdev.adapters.sessions import BOOTSTRAP
from tests.projects import ENV, Project, make_project

FILE = str(Path(worker.__file__))
PLAIN = ENV.format(options={})


class Talk:
    """A conversation with one worker."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.number = 0

    def send(self, operation: str, **job: Any) -> None:
        self.number += 1
        request = {"operation": operation, "job": job, "number": self.number}
        self.write(json.dumps(request).encode() + b"\n")

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        event: dict[str, Any] = json.loads(line) if line else {"event": "gone"}
        return event

    def ask(self, operation: str, **job: Any) -> list[dict[str, Any]]:
        """Everything that one request is answered with."""
        self.send(operation, **job)
        events = [self.hear()]
        while events[-1]["event"] not in {"done", "failed", "gone"}:
            events.append(self.hear())
        return events


@contextmanager
def talking(*argv: str, source: bytes = b"") -> Iterator[Talk]:
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        talk = Talk(process)
        try:
            if source:
                talk.write(b"%010d" % len(source) + source)
            yield talk
        finally:
            process.kill()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "p", "base0 > more")


def job(project: Project, *ids: str, **more: Any) -> dict[str, Any]:
    """A plan up through the ids, from nothing."""
    folder = project.root / "migrations" / "versions"
    scripts: dict[str, Any] = {}
    steps: list[dict[str, Any]] = []
    for id_ in ids:
        below = [step["revision"] for step in steps[-1:]]
        scripts[id_] = [str(folder / f"{id_}.py"), None, below, [], []]
        steps.append({"direction": "up", "revision": id_, "rows": below})
    return {
        "ini": "alembic.ini",
        "section": "alembic",
        "url": project.url.render(),
        "x": [],
        "sql": False,
        "version_table": ["alembic_version", ""],
        "identity": ["sqlite", project.url.database, 0],
        "before": [],
        "destination": None,
        "steps": steps,
        "scripts": scripts,
        "explicit_begin": True,
        "statement_lock_timeout": None,
        **more,
    }


@pytest.mark.parametrize("way", ["file", "stdin"])
def test_plan_as_json_is_answered_by_events_as_json(project: Project, way: str) -> None:
    source = b"" if way == "file" else Path(FILE).read_bytes()
    argv = (sys.executable, FILE) if way == "file" else (sys.executable, "-c", BOOTSTRAP)
    project.env("print('noise')\n" + PLAIN)
    with talking(*argv, source=source) as talk:
        ready = talk.hear()
        assert (ready["event"], ready["pid"]) == ("ready", talk.process.pid)
        talk.ask("open", folder=str(project.root), variables={})
        events = talk.ask("move", **job(project, "base0", "more"))
        assert events == [
            {"event": "started", "step": 0},
            {"event": "finished", "step": 0},
            {"event": "started", "step": 1},
            {"event": "finished", "step": 1},
            {"event": "done", "number": 2},
        ]
        assert talk.ask("close") == [{"event": "done", "number": 3}]
        assert talk.process.wait(10) == 0
        assert talk.process.stdout is not None
        assert talk.process.stderr is not None
        assert talk.process.stdout.read() == b""
        assert talk.process.stderr.read() == b"noise\n"
    assert project.tables() == {"base0", "more"}


def test_end_of_stdin_ends_it_at_once_whatever_it_does(project: Project) -> None:
    project.break_step("more", up="import time\ntry:\n    time.sleep(60)\nfinally:\n    print(1)")
    with talking(sys.executable, FILE) as talk:
        talk.hear()
        talk.ask("open", folder=str(project.root), variables={})
        talk.send("move", **job(project, "base0", "more"))
        while talk.hear() != {"event": "started", "step": 1}:
            pass
        assert talk.process.stdin is not None
        talk.process.stdin.close()
        assert talk.process.wait(50) == 1  # and not the 60 seconds
    assert project.tables() == set()


def test_interrupt_rolls_back_and_the_session_goes_on(project: Project) -> None:
    project.break_step("more", up="import time; time.sleep(60)")
    with talking(sys.executable, FILE) as talk:
        talk.hear()
        talk.ask("open", folder=str(project.root), variables={})
        talk.send("move", **job(project, "base0", "more"))
        while talk.hear() != {"event": "started", "step": 1}:
            pass
        talk.write(b'{"operation": "interrupt"}\n')
        answer = talk.hear()
        assert (answer["event"], answer["facts"]) == ("failed", {"code": "interrupted"})
        assert project.tables() == set()
        project.break_step("more")
        assert talk.ask("move", **job(project, "base0", "more"))[-1]["event"] == "done"
    assert project.tables() == {"base0", "more"}


def test_requests_of_a_session_do_not_see_each_others_folder_and_path(project: Project) -> None:
    project.env(PLAIN + "import os, sys\nos.chdir('/')\nsys.path.insert(0, '/left/behind')\n")
    with talking(sys.executable, FILE) as talk:
        talk.hear()
        talk.ask("open", folder=str(project.root), variables={})
        assert talk.ask("move", **job(project, "base0"))[-1]["event"] == "done"
        project.env(PLAIN + "import sys\nassert '/left/behind' not in sys.path\n")
        again = job(project, "base0", "more", before=["base0"])
        again["steps"] = again["steps"][1:]
        assert talk.ask("move", **again)[-1]["event"] == "done"
    assert project.tables() == {"base0", "more"}


def test_interpreter_without_alembic_says_so() -> None:
    with talking(sys.executable, "-S", "-I", FILE) as talk:
        assert talk.hear() == {
            "event": "unfit",
            "message": "No module named 'sqlalchemy'",
            "missing_module": "sqlalchemy",
        }
        assert talk.process.wait(10) == 1


def test_folder_that_is_not_there_is_told() -> None:
    with talking(sys.executable, FILE) as talk:
        talk.hear()
        (answer,) = talk.ask("open", folder="/no/such/folder", variables={})
        assert answer["event"] == "failed"
        assert "/no/such/folder" in answer["facts"]["message"]


def test_modules_in_the_folder_do_not_shadow_what_the_worker_needs(project: Project) -> None:
    (project.root / "json.py").write_text("raise SystemExit('shadowed')\n")
    with subprocess.Popen(
        [sys.executable, "-c", BOOTSTRAP],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=project.root,
    ) as process:
        source = Path(FILE).read_bytes()
        talk = Talk(process)
        talk.write(b"%010d" % len(source) + source)
        assert talk.hear()["event"] == "ready"
        process.kill()
