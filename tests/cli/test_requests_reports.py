"""`fidesdev requests stats`, `export` and `watch` as people and scripts run them."""

from __future__ import annotations

import csv
import json
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import FIDESDEV, at_terminal, environment, fidesdev
from tests.requests_commands import Command, requests_fixture  # noqa: F401 - fixture
from tests.requests_databases import (  # noqa: F401 - fixtures
    present_fixture,
    present_template_fixture,
)
from tests.requests_tables import add, request, run

pytestmark = pytest.mark.server


@pytest.fixture(autouse=True)
def three(present: DatabaseUrl) -> None:
    """Two pending requests and one that failed."""
    add(present, "privacyrequest", request("a"), request("b"), request("c", status="error"))


def test_counts_are_plain_where_there_is_no_terminal(requests: Command) -> None:
    lines = requests("stats").out.splitlines()
    assert [line.split() for line in lines] == [
        ["status", "requests", "overdue", "share"],
        ["pending", "2", "66.7", "%"],
        ["error", "1", "33.3", "%"],
        ["3", "requests."],
    ]


def test_counts_are_bars_at_a_terminal(present: DatabaseUrl, tmp_path: Path) -> None:
    argv = (*FIDESDEV, "--database-url", present.render(), "requests", "stats")
    code, screen = at_terminal(argv, tmp_path)
    assert (code, screen.count("█")) == (0, 30 + 15)


def test_counts_are_json_too(requests: Command) -> None:
    data = requests("stats", "--by", "day", "--since", "2026-05-01", "--json").data
    assert data["counts"] == [{"name": "2026-05-10", "count": 3, "overdue": 0}]
    assert (data["total"], data["estimated"]) == (3, False)


def test_an_export_says_what_it_wrote(requests: Command, tmp_path: Path) -> None:
    data = requests("export", "out.jsonl", "--status", "error", "--json").data
    (line,) = (tmp_path / "out.jsonl").read_text().splitlines()
    assert (json.loads(line)["id"], data["rows"], data["format"]) == ("pri_c", 1, "jsonl")
    assert "Exported 3 requests to out.csv" in requests("export", "out.csv").out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("export", "out.txt"), 2),
        (("export", "out"), 2),
        (("export", "-", "--json"), 2),
        (("export", "out.csv", "--sort", "days_left"), 2),
        (("export", "out.csv", "--show-identities"), 2),
        (("export", "none/out.csv"), 1),
        (("export",), 2),
        (("stats", "--by", "colour"), 2),
        (("watch", "--json"), 2),
        (("watch", "--interval", "0"), 2),
    ],
)
def test_a_mistake_has_its_exit_code_and_leaves_no_file(
    requests: Command, tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    assert requests(*arguments).code == code
    assert [path.name for path in tmp_path.iterdir()] == []


def test_an_export_to_a_pipe_is_nothing_but_rows(present: DatabaseUrl, tmp_path: Path) -> None:
    answer = fidesdev(
        "--database-url", present.render(), "requests", "export", "-", "--sort", "id", cwd=tmp_path
    )
    assert [row["id"] for row in csv.DictReader(answer.out.splitlines())] == [
        "pri_a",
        "pri_b",
        "pri_c",
    ]
    assert (answer.code, answer.err) == (0, "3 requests.\n")


def test_a_reader_who_leaves_is_no_failure(present: DatabaseUrl, tmp_path: Path) -> None:
    run(
        present,
        "INSERT INTO privacyrequest (id, status)"
        " SELECT 'pri_many_' || n, 'pending' FROM generate_series(1, 30000) AS n",
    )
    command = [*FIDESDEV, "--database-url", present.render(), "requests", "export", "-"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith(b"id,")
        process.stdout.close()
        assert process.stderr
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


def test_a_watch_prints_a_line_for_each_change_and_ends_with_ctrl_c(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    change = "UPDATE privacyrequest SET status = 'approved', updated_at = now() WHERE id = 'pri_a'"
    with watching(present, tmp_path) as process:
        settle(process, present)
        run(present, change)
        assert line_of(process).split()[1:] == ["pri_a", "pending", "->", "approved"]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr
        assert process.stderr.read() == ""


def test_a_watched_change_is_a_json_line(present: DatabaseUrl, tmp_path: Path) -> None:
    with watching(present, tmp_path, "--format", "jsonl") as process:
        move = json.loads(settle(process, present))
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert (move["before"], move["status"], move["deleted"]) == (None, "pending", False)


def watching(url: DatabaseUrl, folder: Path, *options: str) -> subprocess.Popen[str]:
    """A watch with pipes."""
    verb = ("requests", "watch", "--interval", "0.1", *options)
    return subprocess.Popen(
        [*FIDESDEV, "--database-url", url.render(), *verb],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def settle(process: subprocess.Popen[str], url: DatabaseUrl) -> str:
    """The first line of a watch: its first look tells nothing, and nobody knows when that is."""
    for number in range(60):
        add(url, "privacyrequest", request(f"new_{number}"))
        assert process.stdout
        if select.select([process.stdout], [], [], 0.5)[0]:
            return line_of(process)
    raise AssertionError("the watch told nothing")


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()


def test_a_watch_at_a_terminal_shows_a_screen_and_gives_it_back(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    verb = ("requests", "watch", "--looks", "2", "--interval", "0.1")
    argv = (sys.executable, "-m", "fidesdev", "--database-url", present.render(), *verb)
    code, screen = at_terminal(argv, tmp_path)
    assert code == 0
    assert screen.count("pri_c") == 2
    assert screen.startswith("\x1b[?1049h")
    assert screen.rstrip().endswith("\x1b[?1049l")
