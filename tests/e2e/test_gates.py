"""The Action's script and the pre-commit hook, run on a pull request in a scratch repository."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repositories import VERSIONS, Repository, make_repository

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "action" / "check.sh"
HOOKS = ROOT / ".pre-commit-hooks.yaml"


@pytest.fixture
def pull_request(tmp_path: Path) -> Repository:
    """A checkout as CI makes it, the last commit alone, of a branch that main left behind."""
    origin = make_repository(tmp_path / "origin")
    (origin.folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    origin.commit("configure")
    origin.git("checkout", "-q", "-b", "topic")
    origin.write("topic1", "main1")
    origin.commit("topic")
    origin.git("checkout", "-q", "main")
    origin.write("main2", "main1")
    origin.commit("go on")
    clone = Repository(tmp_path / "clone")
    where = (f"file://{origin.folder}", str(clone.folder))
    origin.git("clone", "-q", "--depth=1", "--branch=topic", *where)
    return clone


def run(command: list[str], repo: Repository, **variables: str) -> subprocess.CompletedProcess[str]:
    ours = ("GITHUB_", "INPUT_", "FIDES", "GIT_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return subprocess.run(
        command,
        cwd=repo.folder,
        env={**kept, "PATH": path, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def act(repo: Repository, **variables: str) -> subprocess.CompletedProcess[str]:
    return run(["bash", str(SCRIPT)], repo, **variables)


def test_the_action_finds_the_heads_of_the_merge(pull_request: Repository, tmp_path: Path) -> None:
    summary, log = tmp_path / "summary.md", tmp_path / "check.sarif"
    done = act(
        pull_request,
        GITHUB_BASE_REF="main",
        GITHUB_STEP_SUMMARY=str(summary),
        INPUT_SARIF=str(log),
    )
    assert done.returncode == 3, done.stderr
    first, *_rest = done.stdout.splitlines()
    assert first.startswith(f"::error file={VERSIONS}/topic1.py,line=3,")
    (result, *_more) = json.loads(log.read_text())["runs"][0]["results"]
    assert result["ruleId"] == "merge-result"
    assert "compared with origin/main" in summary.read_text()


def test_the_action_is_content_once_the_branch_has_moved(pull_request: Repository) -> None:
    pull_request.write("topic1", "main2")
    done = act(pull_request, GITHUB_BASE_REF="main", INPUT_ONLY="merge-result,down-revision")
    assert (done.returncode, done.stdout) == (0, "nothing found in 2 files\n")


def test_the_action_s_inputs_reach_the_command(pull_request: Repository) -> None:
    pull_request.write("topic2", "topic1", name=f"{VERSIONS}/add.py")
    only = {"INPUT_ONLY": "filename", "INPUT_AGAINST": "HEAD"}
    assert act(pull_request, **only).returncode == 0
    assert act(pull_request, **only, INPUT_STRICT="true").returncode == 3


def test_an_error_of_the_command_fails_the_action(pull_request: Repository) -> None:
    done = act(pull_request, INPUT_ONLY="nothing")
    assert done.returncode == 2
    assert "there is no check 'nothing'" in done.stderr


def test_the_pre_commit_hook_s_entry_stops_a_broken_commit(pull_request: Repository) -> None:
    lines = HOOKS.read_text(encoding="utf-8").splitlines()
    (entry,) = (line.partition(":")[2] for line in lines if line.strip().startswith("entry:"))
    assert run(shlex.split(entry), pull_request).returncode == 0
    pull_request.write("other1", "main1")
    pull_request.git("add", "-A")
    done = run(shlex.split(entry), pull_request)
    assert done.returncode == 3
    assert "2 heads in one lineage" in done.stdout
