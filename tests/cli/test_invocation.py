"""What holds for every verb: exit codes, streams, JSON, options, terminals, signals."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fidesdev import __version__
from tests.cli.conftest import Ask, AskThere
from tests.cli.processes import FIDESDEV, at_terminal, environment, fidesdev
from tests.projects import ENV, Project, make_project, untimed

ESCAPE = "\x1b["
BROKEN = """
import sys
from fidesdev.cli.invocation import run
from fidesdev.cli.parsing import Verb, group
from typer.main import get_command

app = group("A program with a bug.")

@app.command(cls=Verb)
def fall() -> None:
    here = "in the broken verb"
    raise KeyError("the reason")

sys.exit(run(lambda: get_command(app), sys.argv[1:]))
"""


@pytest.fixture
def broken(tmp_path: Path) -> tuple[str, ...]:
    """A program of ours with a verb that has a bug."""
    file = tmp_path / "broken.py"
    file.write_text(BROKEN)
    return (sys.executable, str(file))


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nope",),
        ("db", "nope"),
        ("db", "goto"),
        ("db", "goto", "a", "b"),
        ("db", "goto", "--dry-rn", "a"),
        ("db", "goto", "-1", "--dry-rn"),
        ("db", "goto", "-z"),
        ("db", "upgrade", "--database-url"),
        ("--nope", "db", "heads"),
        ("db", "heads", "-C", "/no/such/folder"),
        ("db", "heads", "--database-url", "mysql://x/y"),
        ("db", "heads", "--config", "/no/such/file.toml"),
    ],
)
def test_usage_error_is_exit_2_with_one_document(
    ask: Ask, fork: Project, arguments: tuple[str, ...]
) -> None:
    answer = ask(fork, "--json", *arguments)
    document = answer.json
    assert (answer.code, answer.err, document["ok"], document["data"]) == (2, "", False, None)
    assert document["error"].keys() >= {"code", "message", "hint"}
    plain = ask(fork, *arguments)
    if arguments:
        assert (plain.code, plain.out) == (2, "")
        assert plain.err.startswith("error: ")


@pytest.mark.parametrize("buffered", ["", "1"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("db", "history"),
        ("db", "history", "--json"),
        ("--version",),
        ("db", "nope"),
        ("db", "goto", "--help"),
    ],
)
def test_full_disk_behind_stdout_is_one_error(
    fork: Project, arguments: tuple[str, ...], buffered: str
) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*FIDESDEV, *arguments],
            cwd=fork.root,
            env=environment(PYTHONUNBUFFERED=buffered),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    if arguments == ("db", "nope"):  # whose error is told on stderr
        assert (done.returncode, "no such command" in done.stderr) == (2, True)
    else:
        assert (done.returncode, done.stderr.splitlines()[0]) == (
            1,
            "error: the result could not be written to stdout: No space left on device",
        )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("stream", "out"), [(">&-", ""), ("2>&-", "Done")])
def test_streams_that_the_shell_closed_are_done_without(
    fork: Project, stream: str, out: str
) -> None:
    verb = f"db upgrade comm --database-url {fork.url.render()}"
    script = f"{' '.join(FIDESDEV)} {verb} {stream}"
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=fork.root,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.partition(":")[0]) == (0, out)
    assert fork.rows() == {"comm"}


def test_nobody_has_to_listen_to_the_progress_of_a_migration(fork: Project) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*FIDESDEV, "db", "upgrade", "comm", "--database-url", fork.url.render()],
            cwd=fork.root,
            env=environment(PYTHONUNBUFFERED="1"),
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            check=False,
        )
    assert done.returncode == 0
    assert untimed(done.stdout) == "Done: upgraded 2. The database is at comm.\n"


@pytest.mark.parametrize(
    ("more", "term", "drawn"),
    [((), "xterm", True), (("-q",), "xterm", False), ((), "dumb", False)],
)
def test_terminal_shows_how_far_a_migration_is(
    fork: Project, more: tuple[str, ...], term: str, drawn: bool
) -> None:
    verb = ("db", "upgrade", "comm", "--database-url", fork.url.render(), *more)
    code, screen = at_terminal((*FIDESDEV, *verb), fork.root, TERM=term)
    assert (code, "━" in screen) == (0, drawn)
    assert ("2/2 ↑ comm  does comm" in plain(screen)) is not bool(more)
    assert "Done: upgraded 2. The database is at comm." in untimed(plain(screen))


def plain(screen: str) -> str:
    """The text without colours and movements of the cursor."""
    return re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", screen)


def test_version_is_one_line_or_one_document(ask: Ask, fork: Project) -> None:
    assert ask(fork, "--version").out == f"fidesdev {__version__}\n"
    assert ask(fork, "--version", "--json").json["data"] == {"version": __version__}


def test_interactive_shell_has_no_document(ask: Ask, fork: Project) -> None:
    answer = ask(fork, "db", "shell", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (2, "usage")


def test_json_option_is_heard_anywhere(ask: Ask, fork: Project) -> None:
    for arguments in (
        ("--json", "db", "heads"),
        ("db", "--json", "heads"),
        ("db", "heads", "--json"),
    ):
        assert ask(fork, *arguments).json["command"] == "db heads"


def test_global_options_may_follow_the_verb(tmp_path: Path, fork: Project) -> None:
    url = fork.url.render()
    for arguments in (
        ("-C", str(fork.root), "--database-url", url, "db", "status"),
        ("db", "-C", str(fork.root), "--database-url", url, "status"),
        ("db", "status", "-C", str(fork.root), "--database-url", url),
    ):
        answer = fidesdev(*arguments, cwd=tmp_path)
        assert (answer.code, "Heads     aaa2  does aaa2\n          bbb2" in answer.out) == (0, True)


def test_options_that_name_files_start_at_the_folder(tmp_path: Path, fork: Project) -> None:
    (fork.root / "other.toml").write_text('[database]\nserver = "127.0.0.1"\nport = 1\n')
    answer = fidesdev("-C", fork.root.name, "--config", "other.toml", "db", "url", cwd=tmp_path)
    assert "127.0.0.1:1" in answer.out


def test_help_is_plain_and_on_stdout(tmp_path: Path) -> None:
    for arguments in ((), ("--help",), ("-h",), ("db",), ("db", "goto", "--help")):
        answer = fidesdev(*arguments, cwd=tmp_path, FORCE_COLOR="1")
        assert (answer.code, answer.err) == (0, "")
        assert answer.out.startswith("Usage: fidesdev")
        assert ESCAPE not in answer.out


def test_colour_is_for_terminals_unless_forced(fork: Project) -> None:
    heads = ("db", "heads")
    assert ESCAPE not in fidesdev(*heads, cwd=fork.root).out
    assert ESCAPE in fidesdev(*heads, cwd=fork.root, FORCE_COLOR="1").out
    assert ESCAPE not in fidesdev(*heads, cwd=fork.root, FORCE_COLOR="1", NO_COLOR="1").out
    assert ESCAPE not in fidesdev(*heads, "--no-color", cwd=fork.root, FORCE_COLOR="1").out
    command = (*FIDESDEV, *heads)
    assert ESCAPE in at_terminal(command, fork.root)[1]
    assert ESCAPE not in at_terminal(command, fork.root, NO_COLOR="1")[1]
    assert ESCAPE not in at_terminal((*command, "--no-color"), fork.root)[1]
    assert ESCAPE not in at_terminal(command, fork.root, TERM="dumb")[1]


@pytest.mark.parametrize("forced", ["", "1"])
def test_nothing_is_cut_off_where_no_screen_ends(tmp_path: Path, forced: str) -> None:
    project = make_project(tmp_path / "p", f"{'x' * 60} > {'y' * 60}")
    answer = fidesdev("db", "history", cwd=project.root, FORCE_COLOR=forced)
    text = re.sub(r"\x1b\[[0-9;]*m", "", answer.out)
    assert f"does {'y' * 60}" in text
    assert text.count("x" * 60) == 3
    assert "…" not in text


def test_reader_who_leaves_is_no_error(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", " > ".join(f"{n:04d}{'x' * 200}" for n in range(300)))
    for more in ((), ("--json",)):
        for forced in ("", "1"):
            with subprocess.Popen(
                [*FIDESDEV, "db", "history", *more],
                cwd=project.root,
                env=environment(FORCE_COLOR=forced),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            ) as process:
                assert process.stdout
                assert process.stderr
                process.stdout.readline()
                process.stdout.close()
                assert (process.wait(30), process.stderr.read()) == (0, b"")


def test_bug_is_a_traceback_and_exit_70(broken: tuple[str, ...], tmp_path: Path) -> None:
    done = subprocess.run([*broken, "fall"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (70, "")
    assert "Traceback" in done.stderr
    assert "this is a bug in fidesdev: KeyError: 'the reason'" in done.stderr
    done = subprocess.run([*broken, "fall", "--json"], capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (70, "bug")


def test_pdb_opens_where_a_bug_was_raised(broken: tuple[str, ...], tmp_path: Path) -> None:
    typed = {"(Pdb)": "p 'found ' + here\nq\n"}
    code, screen = at_terminal((*broken, "fall", "--pdb"), tmp_path, typed=typed)
    assert (code, "found in the broken verb" in screen) == (70, True)


def test_expected_failure_opens_no_debugger(fork: Project) -> None:
    command = (*FIDESDEV, "--pdb", "db", "goto", "nothing")
    code, screen = at_terminal(command, fork.root, FIDES__DATABASE__PORT="1")
    assert (code, "Pdb" in screen) == (4, False)


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
        yield port


def test_server_that_is_down_or_silent_exits_4_soon(ask: Ask, fork: Project, silent: int) -> None:
    for port in (1, silent):
        url = f"postgresql://me:s3cret@127.0.0.1:{port}/shop"
        answer = ask(fork, "db", "status", "--json", "--database-url", url)
        error = answer.json["error"]
        assert (answer.code, error["code"]) == (4, "database_unavailable")
        assert f"127.0.0.1:{port}" in error["message"]
        assert "s3cret" not in answer.out + answer.err


def test_ctrl_c_ends_a_statement_and_says_where_the_database_is(pg_fork: Project) -> None:
    stick(pg_fork, "aaa1", "op.execute('SELECT pg_sleep(60)')")
    code, out, err = interrupted(pg_fork, "db", "upgrade", "aaa2")
    assert (code, out) == (130, "")
    assert err.splitlines()[-2:] == [
        "error: interrupted; the database is at base",
        "hint: See what is left to do with 'fidesdev db status'.",
    ]
    assert (pg_fork.tables(), pg_fork.rows()) == (set(), set())


def test_ctrl_c_keeps_what_was_committed(fork: Project) -> None:
    fork.env(ENV.format(options={"transaction_per_migration": True}))
    stick(fork, "aaa1", "time.sleep(60)")
    code, out, _err = interrupted(fork, "db", "upgrade", "aaa2", "-v", "--json")
    assert (code, json.loads(out)["error"]) == (
        130,
        {
            "code": "interrupted",
            "message": "interrupted; the database is at comm",
            "hint": "See what is left to do with 'fidesdev db status'.",
            "now": ["comm"],
        },
    )
    assert fork.rows() == {"comm"}


def test_ctrl_c_ends_a_statement_of_sqlite(fork: Project) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    stick(fork, "aaa1", f"op.execute('{endless}')")
    code, _out, err = interrupted(fork, "db", "upgrade", "aaa2")
    assert (code, "the database is at base" in err) == (130, True)


@pytest.mark.parametrize("password", ["p@ss:w/o rd%+#?", "pässwörd", "100%s%%", "'\"\\$`"])
def test_password_of_any_characters_connects_and_is_never_shown(
    tmp_path: Path, pg_fork: Project, password: str
) -> None:
    role = f"role_{pg_fork.url.database}"
    quoted = password.replace("'", "''")
    pg_fork.sql(f"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD '{quoted}'")
    pg_fork.break_step(
        "comm",
        up="import os, subprocess\n"
        "seen = subprocess.check_output('cat /proc/[0-9]*/cmdline || true', shell=True)\n"
        "print('command lines:', seen)",
    )
    toml = (
        f'[database]\nserver = "{pg_fork.url.host}"\nport = {pg_fork.url.port}\nuser = "{role}"\n'
        f'password = {json.dumps(password, ensure_ascii=False)}\ndb = "{pg_fork.url.database}"\n'
    )
    (pg_fork.root / ".fides.toml").write_text(toml, encoding="utf-8")
    try:
        for verb in (("upgrade", "aaa2"), ("status",), ("url",), ("url", "--json"), ("nothing",)):
            answer = fidesdev("db", *verb, "-v", cwd=pg_fork.root)
            assert answer.code == (2 if verb == ("nothing",) else 0), answer.err
            assert ("command lines:" in answer.err) is (verb[0] == "upgrade")
            assert password not in answer.out + answer.err
        assert pg_fork.rows() == {"aaa2"}
        pg_fork.env(
            "from alembic import context\n"
            "url = context.config.get_main_option('sqlalchemy.url')\n"
            "raise ValueError('invalid interpolation syntax in ' + url)\n"
        )
        answer = fidesdev("db", "upgrade", "bbb2", "-v", cwd=pg_fork.root)
        assert (answer.code, ":***@" in answer.err) == (1, True)
        assert password not in answer.err
    finally:
        pg_fork.sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def interrupted(project: Project, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command that gets SIGINT while the stuck step runs."""
    process = subprocess.Popen(
        [*FIDESDEV, *arguments, "--database-url", project.url.render()],
        cwd=project.root,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not (project.root / "stuck").exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
        process.wait()
    return process.returncode, out, err


def stick(project: Project, id_: str, code: str) -> None:
    """Make the upgrade of a revision last, and leave a file when it does."""
    project.break_step(id_, up=f"import pathlib, time; pathlib.Path('stuck').touch()\n{code}")


def test_quickstart_is_not_taken_away_without_a_yes(ask_there: AskThere, tmp_path: Path) -> None:
    data = tmp_path / ".fidesdev" / "postgres"
    data.mkdir(parents=True)
    (tmp_path / ".fides.toml").write_text("[fidesdev]\n")
    refused = ask_there(tmp_path, "quickstart", "--clean", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (5, "confirmation_needed")
    assert ask_there(tmp_path, "quickstart", "--clean", "-n").code == 0
    assert data.exists()
    assert ask_there(tmp_path, "quickstart", "--clean", "-y").code == 0
    assert not data.exists()
    again = ask_there(tmp_path, "quickstart", "--clean")
    assert again.out == "Nothing to do: there is no embedded server here.\n"
