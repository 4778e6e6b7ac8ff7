"""`fidesdev config`: exit codes, text and JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fidesdev.cli.app import program
from fidesdev.cli.invocation import run


@dataclass(frozen=True)
class Answer:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document


class Shell:
    """Runs commands in a project folder."""

    def __init__(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.project = project
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Answer:
        code = run(program, arguments)
        return Answer(code, *self._capsys.readouterr())

    def write(self, toml: str) -> str:
        file = self.project / ".fides.toml"
        file.write_text(toml)
        return str(file)


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    project = tmp_path.resolve() / "shop"
    (project / ".git").mkdir(parents=True)
    monkeypatch.chdir(project)
    monkeypatch.setenv("HOME", str(project.parent))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return Shell(project, capsys)


def test_show_is_a_table_of_keys_and_values(shell: Shell) -> None:
    shell.write('[database]\npassword = "hunter2"\nparams = {sslmode = "require"}\n')
    answer = shell("config", "show")
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in answer.out.splitlines()}
    assert answer.code == 0
    assert lines["key"] == "value"
    assert lines["database.password"] == "***"
    assert lines["database.params"] == '{sslmode = "require"}'
    assert lines["fidesdev.protected"] == "[]"
    assert lines["fidesdev.use_database_url"] == "false"
    assert "hunter2" not in answer.out + answer.err


def test_show_origin_names_the_source(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    file = shell.write("[database]\nport = 6000\n")
    monkeypatch.setenv("FIDES__DATABASE__USER", "me")
    rows = {
        line.split()[0]: line.split()[-1]
        for line in shell("config", "show", "--origin").out.splitlines()
    }
    assert rows["database.port"] == file
    assert rows["database.user"] == "FIDES__DATABASE__USER"
    assert rows["database.db"] == "default"


def test_show_as_json_has_the_same_with_its_types(shell: Shell) -> None:
    file = shell.write("[database]\nport = 6000\n[fidesdev]\nallow = ['ci']\n")
    document = shell("config", "show", "--origin", "--json").json
    assert (document["command"], document["ok"]) == ("config show", True)
    found = {setting["key"]: setting for setting in document["data"]["settings"]}
    assert found["database.port"] == {
        "key": "database.port",
        "value": 6000,
        "origin": "file",
        "origin_name": file,
    }
    assert found["fidesdev.allow"]["value"] == ["ci"]
    assert document["data"]["files"] == [file]


def test_show_with_the_global_options(shell: Shell) -> None:
    shell.write("")
    url = "postgresql://me:hunter2@db.example/shop"
    data = shell("config", "show", "--database-url", url, "--json").json["data"]
    assert data["settings"][0]["value"] == "postgresql://me:***@db.example/shop"
    data = shell("--test-db", "config", "show", "--json").json["data"]
    assert data["settings"][0]["value"].endswith("/fides_test")


def test_path_names_what_is_read(shell: Shell) -> None:
    assert "none" in shell("config", "path").out
    file = shell.write("")
    assert shell("config", "path").out.splitlines() == [
        f"Project  {shell.project}",
        f"File     {file}",
        f"Data     {shell.project / '.fidesdev'}",
    ]


def test_check_of_a_good_file(shell: Shell) -> None:
    file = shell.write("")
    answer = shell("config", "check")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"The configuration can be used: {file}.\n"


def test_check_tells_what_is_suspicious_and_succeeds(shell: Shell) -> None:
    file = shell.write("[database]\npasword = 'hunter2'\n")
    answer = shell("config", "check")
    assert answer.code == 0
    assert answer.out.splitlines()[0] == (
        f"warning: neither Fides nor fidesdev reads database.pasword ({file})"
    )
    document = shell("config", "check", "--json").json
    assert document["ok"] is True
    assert [finding["code"] for finding in document["data"]["findings"]] == ["unknown_key"]


@pytest.mark.parametrize(
    ("toml", "code", "text"),
    [
        ("[database]\nport = = 1\n", "bad_toml", "line 2, column 8: invalid value\n  port = = 1"),
        ("[database]\nport = true\n", "wrong_type", "found the boolean true, wanted a port number"),
        ("[fidesdev]\nengin = 1\n", "unknown_key", "unknown key fidesdev.engin in "),
    ],
)
def test_check_of_a_bad_file_exits_2(shell: Shell, toml: str, code: str, text: str) -> None:
    file = shell.write(toml)
    answer = shell("config", "check")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: ")
    assert text in answer.err
    assert file in answer.err
    assert "\nhint: " in answer.err
    document = shell("config", "check", "--json").json
    assert (document["ok"], document["error"]["code"]) == (False, code)


def test_config_file_that_is_missing_exits_2(shell: Shell) -> None:
    answer = shell("--config", "nope.toml", "config", "path")
    assert answer.code == 2
    assert f"no configuration file at {shell.project / 'nope.toml'}" in answer.err


def test_init_writes_once(shell: Shell) -> None:
    assert "[fidesdev]" in shell("config", "init", "-n").out
    assert not (shell.project / ".fides.toml").exists()
    answer = shell("config", "init", "-y")
    assert (answer.code, answer.out) == (0, f"Wrote {shell.project / '.fides.toml'}.\n")
    again = shell("config", "init", "--json")
    assert again.code == 5
    assert again.json["error"]["code"] == "already_exists"
    assert again.json["error"]["path"] == str(shell.project / ".fides.toml")
