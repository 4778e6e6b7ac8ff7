"""`fidesdev shell`: a prompt, a line, a script; each with the database at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import FIDESDEV, Answer, at_terminal, fidesdev

BROKEN = "import sys\nwanted = sys.argv[1]\nraise KeyError(wanted)\n"
PROMPT = ">>> "


def shell(folder: Path, *arguments: str) -> Answer:
    return fidesdev("--database-url", "sqlite:///here.db", "shell", *arguments, cwd=folder)


def test_a_line_finds_session_models_services_and_workspace(
    tmp_path: Path, database: DatabaseUrl
) -> None:
    line = (
        "from sqlalchemy import func, select; print(db.scalar(select(func.current_database())),"
        " Policy.__tablename__, workspace.database.backend, services.history.__name__)"
    )
    answer = fidesdev("--database-url", database.render(), "shell", "-c", line, cwd=tmp_path)

    assert answer.code == 0, answer
    assert answer.out.split() == [
        database.database,
        "policy",
        "postgresql",
        "fidesdev.services.history",
    ]


def test_a_script_runs_as_with_python(tmp_path: Path) -> None:
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "beside.py").write_text("NAME = 'beside'\n")
    (folder / "say.py").write_text(
        "import sys\nfrom beside import NAME\n"
        "if __name__ == '__main__':\n    print(NAME, sys.argv, db.get_bind().dialect.name)\n"
        "    sys.exit(7)\n"
    )
    answer = shell(tmp_path, "scripts/say.py", "-n", "--all", "x")

    assert answer.code == 7
    assert answer.out == "beside ['scripts/say.py', '-n', '--all', 'x'] sqlite\n"


def test_the_traceback_of_a_script_begins_in_the_script(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    answer = shell(tmp_path, "broken.py", "lost")

    assert answer.code == 1
    assert answer.err.splitlines()[:3] == [
        "Traceback (most recent call last):",
        '  File "broken.py", line 3, in <module>',
        "    raise KeyError(wanted)",
    ]


def test_a_syntax_error_is_told_as_python_does(tmp_path: Path) -> None:
    answer = shell(tmp_path, "-c", "1 +")

    assert answer.code == 1
    assert "SyntaxError: invalid syntax" in answer.err


@pytest.mark.parametrize("options", [("--pdb", "shell"), ("--pdb-on-error",)])
def test_the_debugger_opens_at_the_error_of_a_script(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    command = (*FIDESDEV, *options, "broken.py", "lost")
    code, screen = at_terminal(command, tmp_path, typed={"(Pdb) ": "p 'is ' + wanted\nq\n"})

    assert code == 1
    assert "is lost" in screen


def test_the_prompt_knows_the_names(tmp_path: Path) -> None:
    command = (*FIDESDEV, "--database-url", "sqlite:///here.db", "shell", "--plain")
    typed = {PROMPT: "print('<', db.info, '>', Rule.__tablename__)\nexit()\n"}
    _code, screen = at_terminal(command, tmp_path, typed=typed, PYTHON_BASIC_REPL="1")

    assert "db         a session" in screen
    assert "< {'autocommit': False} > rule" in screen


def test_ipython_is_used_where_it_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("IPython")
    command = (*FIDESDEV, "--database-url", "sqlite:///here.db", "shell")
    typed = {"]: ": "print('rule' in Rule.__tablename__, 'ok')\nexit\n"}
    ipython = str(tmp_path / "ipython")
    _code, screen = at_terminal(command, tmp_path, typed=typed, IPYTHONDIR=ipython)

    assert "True ok" in screen


def test_what_is_not_committed_is_rolled_back(tmp_path: Path) -> None:
    shell(tmp_path, "-c", "Policy.__table__.create(db.get_bind())")
    line = "from sqlalchemy import text; db.execute(text(\"INSERT INTO policy (id) VALUES ('1')\"))"
    shell(tmp_path, "-c", line)

    assert shell(tmp_path, "-c", "print(db.query(Policy).count())").out == "0\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.py"], "cannot read nothing.py: no such file or directory"),
        (["-c", "1", "file.py"], "a file and -c contradict each other"),
        (["--json"], "what Python prints is not JSON"),
    ],
)
def test_a_request_that_makes_no_sense_is_a_usage_error(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    answer = shell(tmp_path, *arguments)

    assert answer.code == 2
    assert said in answer.out + answer.err
