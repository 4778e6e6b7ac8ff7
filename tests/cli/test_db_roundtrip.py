"""`db roundtrip` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Ask
from tests.projects import Project, make_project
from tests.services.lint_cases import script


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """On SQLite: a revision that leaves its table behind."""
    made = make_project(tmp_path / "p", [])
    text = script("aaa1", None, "op.execute('CREATE TABLE shop (id int)')", "op.f('x')")
    (made.root / "migrations" / "versions" / "aaa1.py").write_text(text)
    return made


def test_findings_are_told_with_exit_code_3(ask: Ask, project: Project) -> None:
    answer = ask(project, "db", "roundtrip", "--all")

    assert answer.code == 3
    assert "after the downgrade table shop is left" in answer.out
    assert "the upgrade again fails: table shop already exists" in answer.out
    assert "1/1 aaa1 " in answer.err


def test_output_is_that_of_check(ask: Ask, project: Project) -> None:
    document = json.loads(ask(project, "db", "roundtrip", "--all", "--json").out)
    assert {one["code"] for one in document["data"]["findings"]} == {
        "downgrade-differs",
        "upgrade-again-fails",
    }
    assert "::error file=" in ask(project, "db", "roundtrip", ":", "--output", "github").out


def test_check_runs_it_when_it_is_named(ask: Ask, project: Project) -> None:
    answer = ask(project, "db", "check", "--only", "roundtrip")

    assert answer.code == 3
    assert "[roundtrip]" in answer.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--all", "--new"), "a range, --new and --all contradict each other"),
        (("--explain", "nonsense"), "there is no finding 'nonsense'"),
        (("--lanes", "0"), "0 is not in the range"),
    ],
)
def test_a_request_that_makes_no_sense(
    ask: Ask, project: Project, arguments: tuple[str, ...], said: str
) -> None:
    answer = ask(project, "db", "roundtrip", *arguments)

    assert answer.code == 2
    assert said in answer.err
