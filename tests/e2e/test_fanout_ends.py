"""Many databases whose run is ended early: what runs is rolled back, the rest is left for later."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import FIDESDEV, environment, fidesdev
from tests.projects import NO_SNAPSHOTS, Project, make_project

HELD = """
import pathlib, time
folder = pathlib.Path(op.get_bind().engine.url.database).parent
if (folder / 'hold').exists():
    (folder / f'stuck {{time.time_ns()}}').touch()
    {code}
"""
NAMES = [f"{number}.db" for number in range(8)]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = make_project(tmp_path / "p", "base0 > more")
    (made.root / "some").write_text("\n".join(NAMES[:3]))
    (made.root / "all").write_text("\n".join(NAMES))
    made.break_step("more", up=HELD.format(code="time.sleep(600)"))
    return made


def started(project: Project) -> subprocess.Popen[str]:
    (project.root / "hold").touch()
    argv = ("db", "upgrade", "--each", "all", "--jobs", "2", "--json")
    process = subprocess.Popen(
        [*FIDESDEV, *argv, "--database-url", project.url.render()],
        cwd=project.root,
        env=environment(**NO_SNAPSHOTS),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_until(lambda: len(list(project.root.glob("stuck *"))) == 2)
    return process


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def upgraded(project: Project, source: str) -> dict[str, int]:
    """How many tenants have each outcome, once nothing holds them up."""
    (project.root / "hold").unlink(missing_ok=True)
    where = ("--database-url", project.url.render(), "--json")
    answer = fidesdev("db", "upgrade", "--each", source, *where, cwd=project.root)
    assert answer.code == 0, answer
    return counted(answer.json)


def counted(document: dict[str, Any]) -> dict[str, int]:
    return {outcome: count for outcome, count in document["data"]["counts"].items() if count}


def at(project: Project, name: str) -> set[str]:
    url = DatabaseUrl("sqlite", str(project.root / name))
    return Project(project.root, url, project.made).rows()


def test_killed_in_the_middle_the_same_command_does_the_rest(project: Project) -> None:
    assert upgraded(project, "some") == {"done": 3}
    with started(project) as process:
        process.kill()
    assert [at(project, name) for name in NAMES[:3]] == [{"more"}] * 3
    assert upgraded(project, "all") == {"done": 5, "unchanged": 3}
    assert upgraded(project, "all") == {"unchanged": 8}


def test_ctrl_c_rolls_back_what_runs_and_tells_of_all(project: Project) -> None:
    assert upgraded(project, "some") == {"done": 3}
    with started(project) as process:
        process.send_signal(signal.SIGINT)
        out, _err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert counted(json.loads(out)) == {"unchanged": 3, "interrupted": 2, "not_started": 3}
    assert [at(project, name) for name in NAMES[3:]] == [set()] * 5
    assert upgraded(project, "all") == {"done": 5, "unchanged": 3}


def test_a_second_ctrl_c_does_not_wait_for_a_script_that_will_not_end(project: Project) -> None:
    stubborn = (
        "while True:\n        try:\n            time.sleep(600)\n"
        "        except BaseException:\n            (folder / f'told {time.time_ns()}').touch()"
    )
    project.break_step("more", up=HELD.format(code=stubborn))
    with started(project) as process:
        process.send_signal(signal.SIGINT)
        wait_until(lambda: len(list(project.root.glob("told *"))) >= 2)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, _err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert counted(json.loads(out)) == {"interrupted": 2, "not_started": 6}
    assert [at(project, name) for name in NAMES] == [set()] * 8
