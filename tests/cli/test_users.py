"""`users` as it is typed: a password comes from a terminal or a pipe, and goes nowhere else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import FIDESDEV, at_terminal, environment, fidesdev
from tests.requests_databases import present_fixture, present_template_fixture  # noqa: F401 - fixtures
from tests.requests_tables import ask_one

pytestmark = pytest.mark.server
PASSWORD = "Testpassword1!"


def test_a_password_is_piped_or_typed_twice(present: DatabaseUrl, tmp_path: Path) -> None:
    command = (*FIDESDEV, "--database-url", present.render(), "users")
    done = subprocess.run(
        [*command, "create", "ann", "--password-stdin", "--json"],
        cwd=tmp_path,
        env=environment(),
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert PASSWORD not in done.stdout + done.stderr
    first = ask_one(present, "SELECT hashed_password FROM fidesuser")
    answers = {"Password for ann: ": f"{PASSWORD}\n", "Again: ": f"{PASSWORD}\n"}
    code, screen = at_terminal((*command, "update", "ann", "--password"), tmp_path, typed=answers)
    assert code == 0, screen
    assert PASSWORD not in screen
    assert ask_one(present, "SELECT hashed_password FROM fidesuser") not in {None, first}


def test_a_list_shows_no_hash(present: DatabaseUrl, tmp_path: Path) -> None:
    where = ("--database-url", present.render(), "users")
    assert fidesdev(*where, "create", "ann", "first_name=Ann", cwd=tmp_path).code == 0
    rows = fidesdev(*where, "list", "--format", "csv", cwd=tmp_path).out.splitlines()
    assert len(rows) == 2
    assert "ann" in rows[1]
    assert fidesdev(*where, "create", "bob", "--password", cwd=tmp_path).code == 2
    assert fidesdev(*where, "delete", "ann", cwd=tmp_path).code == 5
    assert (
        fidesdev(*where, "delete", "ann", "-y", "--json", cwd=tmp_path).json["data"]["deleted"] == 1
    )
