"""`db lint` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Ask
from tests.projects import Project, make_project
from tests.services.lint_cases import script

FILE = "migrations/versions/aaa1.py"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A revision that drops a column and adds one that has to be given."""
    made = make_project(tmp_path / "p", [])
    up = (
        "op.drop_column('old', 'c')\n"
        "op.add_column('old', sa.Column('d', sa.Text(), nullable=False))"
    )
    (made.root / FILE).write_text(script("aaa1", None, up))
    return made


def postgres(ask: Ask, project: Project, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `db lint` for PostgreSQL, which is never connected to."""
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    answer = ask(project, "db", "lint", *arguments, "--database-url", url)
    return answer.code, answer.out, answer.err


def test_findings_name_file_line_and_code(ask: Ask, project: Project) -> None:
    code, out, _err = postgres(ask, project)

    assert code == 3
    assert f"{FILE}:11: error: old.d: " in out
    assert "[adding-required-field]" in out
    assert f"{FILE}:10: warning: old.c: " in out
    assert out.splitlines()[-1] == "1 error, 1 warning in 1 revision file."


def test_a_warning_alone_fails_only_when_strict(ask: Ask, project: Project) -> None:
    assert postgres(ask, project, "--only", "ban-drop-column")[0] == 0
    assert postgres(ask, project, "--only", "ban-drop-column", "--strict")[0] == 3


def test_output_is_that_of_check(ask: Ask, project: Project) -> None:
    annotations = postgres(ask, project, "--output", "github")[1]
    assert f"::error file={FILE},line=11," in annotations
    log = json.loads(postgres(ask, project, "--output", "sarif")[1])
    assert {one["ruleId"] for one in log["runs"][0]["results"]} == {
        "adding-required-field",
        "ban-drop-column",
    }
    assert 'name="ban-drop-column"' in postgres(ask, project, "--output", "junit")[1]
    document = json.loads(postgres(ask, project, "--output", "json")[1])
    assert (document["ok"], document["command"]) == (False, "db lint")
    assert document["data"]["findings"][0]["line"] == 11


def test_a_code_is_explained(ask: Ask, project: Project) -> None:
    code, out, _err = postgres(ask, project, "--explain", "enum-value-used")
    assert code == 0
    assert out.startswith("enum-value-used (error): ")
    assert (
        "https://squawkhq.com/docs/renaming-table"
        in (postgres(ask, project, "--explain", "renaming-table")[1])
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["heads", "--new"], "a range and --new contradict each other"),
        (["--only", "locks"], "there is no hazard 'locks'"),
        (["--explain", "locks"], "there is no hazard 'locks'"),
        (["--json", "--output", "sarif"], "--json and --output sarif cannot both be"),
    ],
)
def test_a_request_that_makes_no_sense(
    ask: Ask, project: Project, arguments: list[str], said: str
) -> None:
    code, out, err = postgres(ask, project, *arguments)

    assert code == 2
    assert said in out + err
