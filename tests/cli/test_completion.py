"""Completion at Tab, in the shells themselves and as they ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fidesdev.cli.answering import PATIENCE
from fidesdev.cli.app import GROUPS
from fidesdev.core.completion_scripts import SCRIPTS
from fidesdev.core.requests import STATUSES
from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import FIDESDEV, at_terminal, environment, fidesdev
from tests.cli.test_verbs import VERBS
from tests.projects import Project, make_project

BREAKS = " \t\n\"'@><=;|&(:"
IMPORTED = """
import sys
from fidesdev.cli.app import main
try:
    main(sys.argv[1:])
except SystemExit:
    print(*sys.modules, file=sys.stderr)
"""
START = {
    "bash": ("--norc", "--noprofile", "-i"),
    "zsh": ("-f", "-i"),
}
LOAD = {
    "bash": "bind 'set bell-style none'; eval \"$(fidesdev completion bash)\"; PS1='re''ady> '\n",
    "zsh": "autoload -Uz compinit; compinit -u -D; unsetopt beep prompt_sp;"
    " eval \"$(fidesdev completion zsh)\"; PS1='re''ady> '\n",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose programs are this `fidesdev`, with a project of three revisions in it."""
    root = tmp_path_factory.mktemp("home")
    program = root / "bin" / "fidesdev"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {" ".join(FIDESDEV)} "$@"\n')
    program.chmod(0o755)
    project = make_project(root / "p", "base0 > more1, base0 > side1")
    for script in (project.root / "migrations" / "versions").glob("*.py"):
        os.utime(script, (1_700_000_000, 1_700_000_000))  # what is quite new is not kept
    git("init", "-q", "-b", "main", cwd=project.root)
    git("add", ".", cwd=project.root)
    git("commit", "-q", "-m", "all", cwd=project.root)
    git("branch", "topic/one", cwd=project.root)
    fidesdev("db", "heads", cwd=project.root)
    ask(root, "fidesdev ")
    return root


def git(*arguments: str, cwd: Path) -> None:
    names = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    subprocess.run(("git", *names, *arguments), cwd=cwd, check=True, env=environment())


def variables(home: Path) -> dict[str, str]:
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    cache = str(home / "cache")
    return {"PATH": path, "HOME": str(home), "XDG_CACHE_HOME": cache, PATIENCE: "10"}


def ask(home: Path, line: str, *, shell: str = "bash", patience: str = "10") -> list[str]:
    """The program's answer for a command line, without its first line."""
    words = line.split(" ")
    asked = (line,) if shell == "bash" else (words[0], *words[1:])
    done = fidesdev(
        *asked,
        cwd=home / "p",
        **{**variables(home), PATIENCE: patience},
        _FIDESDEV_COMPLETE=shell,
        COMP_WORDBREAKS=BREAKS,
    )
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()[1:]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("fidesdev d", ["doctor", "db", "docker"]),
        ("fidesdev db upg", ["upgrade"]),
        ("fidesdev --database-url sqlite:///x db upg", ["upgrade"]),
        ("fidesdev db goto --exa", ["--exactly"]),
        ("fidesdev db goto head --exactly --exa", []),
        ("fidesdev db goto head --js", ["--json"]),
        ("fidesdev db heads --format ", ["table", "csv", "jsonl"]),
        ("fidesdev db heads --format=cs", ["csv"]),
        ("fidesdev db goto he", ["head", "heads"]),
        ("fidesdev db goto mor", ["more1"]),
        ("fidesdev db goto git:top", ["topic/one"]),
        ("fidesdev db history base:si", ["side1"]),
        ("fidesdev db revision --head more", ["more1"]),
        ("fidesdev db check --against ma", ["main"]),
        ("fidesdev requests list --status pend", ["pending", "pending_external"]),
        ("fidesdev requests list --status pending --status deni", ["denied"]),
        ("fidesdev requests list --policy ", []),
        ("fidesdev users create ann --role own", ["owner"]),
        ("fidesdev hooks install pre-p", ["pre-push"]),
        ("fidesdev api url PRIVACY_REQUEST_DET", ["PRIVACY_REQUEST_DETAIL"]),
        ("fidesdev help exi", ["exit-codes"]),
        ("fidesdev help db got", ["goto"]),
        ("fidesdev help json db got", ["goto"]),
        ("fidesdev help conf", ["config"]),
        ("fidesdev help db goto --js", ["--json"]),
        ("fidesdev completion ", ["bash", "zsh", "fish"]),
        ("fidesdev nonsense ", []),
        ("fidesdev db goto 'mor", ["more1"]),
    ],
)
def test_a_word_becomes_what_may_stand_there(home: Path, line: str, offered: list[str]) -> None:
    assert ask(home, line) == offered


def test_every_verb_and_option_is_offered(home: Path) -> None:
    assert set(ask(home, "fidesdev ")) == set(GROUPS)
    offered = set(ask(home, "fidesdev db "))
    assert {f"db {name}" for name in offered} == {v for v in VERBS if v.startswith("db ")}
    options = set(ask(home, "fidesdev db goto --"))
    assert options >= {"--dry-run", "--yes", "--lock-timeout", "--no-snapshot", "--database-url"}


def test_zsh_and_fish_are_told_what_a_value_means(home: Path) -> None:
    for shell in ("zsh", "fish"):
        (answer,) = ask(home, "fidesdev requests list --status complet", shell=shell)
        assert answer.split("\t")[0] == "complete"
        assert STATUSES["complete"].meaning in answer


def test_files_are_left_to_the_shell(home: Path) -> None:
    asked = {"_FIDESDEV_COMPLETE": "bash", **variables(home)}
    done = fidesdev("fidesdev snapshot import ", cwd=home, **asked)
    assert done.out == "file\n"


def test_names_in_the_database_are_offered(home: Path, database: DatabaseUrl) -> None:
    project = Project(home / "p", database, ())
    project.sql('CREATE TABLE bookshelf (id int); CREATE TABLE "Two words" (id int)')
    project.sql("CREATE TABLE policy (key text, name text)")
    project.sql("INSERT INTO policy VALUES ('default_access', 'Access')")
    where = f"fidesdev --database-url {database.render()}"
    assert fidesdev("snapshot", "save", "lunch", "--database-url", database.render(), cwd=home)
    try:
        assert ask(home, f"{where} records list ") == [r"Two\ words", "bookshelf", "policy"]
        assert ask(home, f"{where} requests list --policy ") == ["default_access"]
        assert ask(home, f"{where} snapshot show l") == ["lunch"]
    finally:
        arguments = ("snapshot", "delete", "lunch", "-y", "--database-url", database.render())
        fidesdev(*arguments, cwd=home)


def test_services_come_from_the_compose_file(home: Path) -> None:
    (home / "p" / "compose.yaml").write_text("services:\n  web: {image: x}\n  worker: {image: x}\n")
    assert ask(home, "fidesdev docker logs w") == ["web", "worker"]


def test_a_server_that_does_not_answer_is_not_waited_for(home: Path) -> None:
    began = time.monotonic()
    nowhere = "postgresql://u@10.255.255.1/x"  # where packets are lost
    assert ask(home, f"fidesdev --database-url {nowhere} records list ", patience="") == []
    assert time.monotonic() - began < 20  # and not the minutes that TCP tries


def test_no_embedded_server_is_started(home: Path, tmp_path: Path) -> None:
    (tmp_path / ".fides.toml").write_text('[fidesdev]\nengine = "embedded"\n')
    line = f"fidesdev -C {tmp_path} records list "
    assert ask(home, line) == []
    assert not (tmp_path / ".fidesdev").exists()


@pytest.mark.parametrize("line", ["db ", "db goto ", "requests list --status ", "records list "])
def test_answers_import_nothing_heavy(home: Path, line: str) -> None:
    done = subprocess.run(
        (sys.executable, "-c", IMPORTED, f"fidesdev {line}"),
        cwd=home / "p",
        env=environment(**variables(home), _FIDESDEV_COMPLETE="bash"),
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"typer", "rich", "sqlalchemy", "alembic", "pydantic", "asyncio", "fidesdev.cli.db"}
    assert set(done.stderr.split()) & heavy == set()


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_script_is_printed_and_says_how_to_install_it(shell: str, home: Path) -> None:
    printed = fidesdev("completion", shell, cwd=home)
    assert (printed.code, printed.out, printed.err) == (0, SCRIPTS[shell], "")
    guessed = fidesdev("completion", cwd=home, SHELL=f"/usr/bin/{shell}")
    assert guessed.out == printed.out
    assert f"fidesdev completion {shell}" in printed.out
    _code, screen = at_terminal((*FIDESDEV, "completion", shell), home)
    assert f"To have it in every {shell}" in screen


def test_another_shell_is_refused(home: Path) -> None:
    done = fidesdev("completion", "tcsh", cwd=home)
    assert (done.code, "bash, zsh, fish" in done.err) == (2, True)


@pytest.mark.parametrize("shell", START)
@pytest.mark.parametrize(
    ("typed", "screen"),
    [
        ("fidesdev db upgr\t", "fidesdev db upgrade"),
        ("fidesdev db upgrade --dry-r\t", "fidesdev db upgrade --dry-run"),
        ("fidesdev db goto git:top\t", "fidesdev db goto git:topic/one"),
        ("fidesdev requests list --status=deni\t", "fidesdev requests list --status=denied"),
        ("fidesdev db plan mor\t", "fidesdev db plan more1"),
    ],
)
def test_tab_completes_in_the_shell(home: Path, shell: str, typed: str, screen: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    answers = {"first> ": LOAD[shell], "ready> ": f"{typed}\x15exit\n"}
    given = {**variables(home), "PS1": "first> ", "BASH_SILENCE_DEPRECATION_WARNING": "1"}
    _code, shown = at_terminal(
        (program, *START[shell]), home / "p", typed=answers, columns=200, **given
    )
    assert screen in shown


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("fidesdev db upgr", "upgrade\t"),
        ("fidesdev db goto git:top", "git:topic/one"),
        ("fidesdev requests list --status=deni", "--status=denied\t"),
        ("fidesdev db goto head --exa", "--exactly\t"),
    ],
)
def test_fish_offers_them(home: Path, line: str, offered: str) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    script = f"fidesdev completion fish | source; complete -C '{line}'"
    done = subprocess.run(
        ("fish", "--no-config", "-c", script),
        cwd=home / "p",
        env=environment(**variables(home)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(offered)
    assert len(done.stdout.splitlines()) == 1
