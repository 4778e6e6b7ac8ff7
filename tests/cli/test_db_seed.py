"""`db seed` as it is typed."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import FIDESDEV, environment, fidesdev
from tests.requests_databases import (  # noqa: F401 - fixtures
    present_fixture,
    present_template_fixture,
)
from tests.requests_tables import ask, ask_one

pytestmark = pytest.mark.server
COUNT = "SELECT count(*) FROM privacyrequest"
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef"
PROGRAM = "from fidesdev.cli.app import main;"


def test_the_sample_is_inserted_once(present: DatabaseUrl, tmp_path: Path) -> None:
    seed = ("--database-url", present.render(), "db", "seed")
    planned = fidesdev(*seed, "-n", cwd=tmp_path)
    assert planned.out.startswith("Would insert 21 requests, 4 policies, 1 user.\n")
    assert ask_one(present, COUNT) == 0
    assert fidesdev(*seed, cwd=tmp_path).out.startswith("Inserted 21 requests")
    assert fidesdev(*seed, cwd=tmp_path).out.startswith("Nothing to do: ")


def test_requests_are_made_up_and_told(present: DatabaseUrl, tmp_path: Path) -> None:
    seed = ("--database-url", present.render(), "db", "seed", "--requests", "200", "--json")
    assert fidesdev(*seed, "--dry-run", cwd=tmp_path).json["data"]["executed"] is False
    report = fidesdev(*seed, "--seed", "7", cwd=tmp_path).json["data"]
    assert (report["seed"], report["rows"]["privacyrequest"]) == (7, 200)
    assert ask_one(present, COUNT) == 200


def test_a_protected_database_is_left_alone(present: DatabaseUrl, tmp_path: Path) -> None:
    protected = f"[fidesdev]\nprotected = ['{present.database}']\n"
    (tmp_path / ".fides.toml").write_text(protected, encoding="utf-8")
    seed = ("--database-url", present.render(), "db", "seed", "--requests", "5")
    refused = fidesdev(*seed, "--yes", cwd=tmp_path)
    assert (refused.code, ask_one(present, COUNT)) == (5, 0)
    forced = fidesdev(*seed, "--yes", "--force-protected", present.database, cwd=tmp_path)
    assert (forced.code, ask_one(present, COUNT)) == (0, 5)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--seed", "2"], "the sample is always the same"),
        (["--requests", "0"], "0 is not in the range"),
        (["--requests", "1000000000"], "not between 1 and"),
        (["--requests", "5", "--until", "some day"], "some day"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(
    present: DatabaseUrl, tmp_path: Path, options: list[str], said: str
) -> None:
    answer = fidesdev("--database-url", present.render(), "db", "seed", *options, cwd=tmp_path)
    assert (answer.code, said in answer.err) == (2, True), answer.err


def test_ctrl_c_leaves_what_was_there(present: DatabaseUrl, tmp_path: Path) -> None:
    indexes = ask(present, INDEXES)
    process = subprocess.Popen(
        [*FIDESDEV, "--database-url", present.render(), "db", "seed", "--requests", "3000000"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert " of 3,000,000, " in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=30)
    assert (process.returncode, "Traceback" in err) == (130, False)
    assert (ask_one(present, COUNT), ask(present, INDEXES)) == (0, indexes)


def test_without_faker_the_command_to_install_it_is_told(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    arguments = ["--database-url", present.render(), "db", "seed", "--requests", "5"]
    missing = f"import sys; sys.modules['faker'] = None; {PROGRAM} main({arguments!r})"
    done = subprocess.run(
        [FIDESDEV[0], "-c", missing], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "pip install 'fidesdev[seed]'" in done.stderr) == (4, True)
    assert ask_one(present, COUNT) == 0
