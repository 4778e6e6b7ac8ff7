"""Ctrl-C while migrations run in another interpreter."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import FIDESDEV, environment
from tests.e2e.test_concurrent import held
from tests.projects import Project, make_project

STUCK = "import pathlib, time; pathlib.Path('stuck').touch()\n"


@pytest.fixture
def project(tmp_path: Path, database: DatabaseUrl) -> Project:
    made = make_project(tmp_path / "p", "base0 > more", database)
    setting = f'[fidesdev]\nrunner = "python:{sys.executable}"\n'
    (made.root / ".fides.toml").write_text(setting)
    return made


def started(project: Project) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*FIDESDEV, "db", "upgrade", "--database-url", project.url.render()],
        cwd=project.root,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(path: Path) -> None:
    for _ in range(200):
        if path.exists():
            time.sleep(0.2)
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} never appeared")


@pytest.mark.parametrize("code", ["time.sleep(60)", "op.execute('SELECT pg_sleep(60)')"])
def test_ctrl_c_ends_what_runs_and_rolls_back(project: Project, code: str) -> None:
    project.break_step("more", up=STUCK + code)
    with started(project) as process:
        wait_for(project.root / "stuck")
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted; the database is at base" in err
    assert project.tables() == set()


def test_second_ctrl_c_does_not_wait_for_a_script_that_will_not_end(project: Project) -> None:
    stubborn = (
        "while True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass"
    )
    project.break_step("more", up=STUCK + stubborn)
    with started(project) as process:
        wait_for(project.root / "stuck")
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "interrupted; the database is at base" in err
    assert project.tables() == set()


def test_ctrl_c_ends_the_waiting_for_a_lock(project: Project) -> None:
    elsewhere = make_project(project.root.parent / "other", "base0", project.url)
    with held(elsewhere), started(project) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Waiting for another run")
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "interrupted; the database is at base" in err
