"""What people read about servers and databases."""

from __future__ import annotations

import pytest

from fidesdev.core.server import (
    CreateReport,
    DropReport,
    ShellReport,
    StartReport,
    StopReport,
    UrlReport,
    WaitReport,
)
from fidesdev.render.plain import plain
from fidesdev.render.server import blocks, readable_size

URL = "postgresql://fides:***@127.0.0.1:22001/fides"


def text(report: object) -> str:
    return "\n".join(plain(blocks(report)))


def started(*, started: bool = True, in_use: bool = True) -> StartReport:
    return StartReport(
        started=started,
        executed=True,
        in_use=in_use,
        directory="/p/.fidesdev/postgres",
        seconds=0.83,
        url=URL,
        version="18.6",
        pid=7,
        port=22001,
        socket_directory="/p/.fidesdev/postgres/socket",
    )


def test_start_says_where_it_is_and_what_it_risks() -> None:
    shown = text(started())
    assert shown.startswith("Started PostgreSQL 18.6 in 0.8 s.")
    assert URL in shown
    assert "fsync is off" in shown
    assert "Not in use" not in shown


def test_start_says_when_it_ran_already() -> None:
    assert text(started(started=False)).startswith("Runs already: PostgreSQL 18.6.")


def test_start_beside_another_server_says_how_to_use_it() -> None:
    assert 'engine = "embedded"' in text(started(in_use=False))


def test_start_in_a_dry_run_names_the_directory() -> None:
    report = StartReport(
        started=True, executed=False, in_use=True, directory="/p/postgres", seconds=0
    )
    assert text(report) == "Would start a PostgreSQL in /p/postgres."


@pytest.mark.parametrize(
    ("stopped", "executed", "beginning"),
    [(True, True, "Stopped."), (True, False, "Would stop"), (False, True, "No embedded")],
)
def test_stop_says_what_happened(*, stopped: bool, executed: bool, beginning: str) -> None:
    shown = text(StopReport(stopped=stopped, executed=executed, directory="/p", seconds=0.1))
    assert shown.startswith(beginning)


def test_file_is_named_once() -> None:
    report = CreateReport("/p/x.db", "/p/x.db", created=True, executed=True)
    assert text(report) == "Created /p/x.db"


def test_drop_counts_what_goes() -> None:
    report = DropReport("fides", "127.0.0.1:5432", True, 21_000_000, 157, 1, executed=False)
    assert text(report).splitlines() == [
        "This would drop fides on 127.0.0.1:5432: 157 tables, 20.0 MB.",
        "1 connection of others would be ended.",
    ]


def test_drop_of_nothing_says_so() -> None:
    report = DropReport("fides", "127.0.0.1:5432", False, 0, 0, 0, executed=False)
    assert text(report) == "Nothing to do: no fides on 127.0.0.1:5432"


def test_create_tells_new_from_old() -> None:
    assert text(CreateReport("a", "here:1", created=True, executed=True)).startswith("Created a")
    assert text(CreateReport("a", "here:1", created=True, executed=False)).startswith("Would")
    assert "exists" in text(CreateReport("a", "here:1", created=False, executed=True))


def test_wait_says_that_the_database_is_still_to_be_created() -> None:
    assert "fidesdev db create" in text(WaitReport("here:1", "a", exists=False, seconds=1.5))
    assert "create" not in text(WaitReport("here:1", "a", exists=True, seconds=1.5))


def test_url_is_one_line_for_scripts() -> None:
    assert text(UrlReport(URL, "the file")) == URL


def test_shell_prints_what_the_client_printed() -> None:
    assert text(ShellReport(0, " a \n---\n 1\n")) == " a \n---\n 1"


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 kB"), (2**40, "1.0 TB")]
)
def test_sizes_are_readable(count: int, said: str) -> None:
    assert readable_size(count) == said
