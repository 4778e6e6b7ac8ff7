"""`fidesdev db check` as a gate: exit codes, formats, and what is typed wrongly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.cli.processes import Answer, fidesdev
from tests.repositories import VERSIONS, Repository, make_repository


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A branch whose revision is on the parent of upstream's head, and whose name lacks its id."""
    made = make_repository(tmp_path_factory.mktemp("check"))
    (made.folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    made.commit("configure")
    made.git("checkout", "-q", "-b", "topic")
    made.write("topic1", "main1", name=f"{VERSIONS}/add.py")
    made.commit("topic")
    made.git("checkout", "-q", "main")
    made.write("main2", "main1")
    made.commit("go on")
    made.git("checkout", "-q", "topic")
    return made


def check(repo: Repository, *arguments: str) -> Answer:
    return fidesdev("db", "check", *arguments, cwd=repo.folder)


def keys(finding: dict[str, Any]) -> set[str]:
    return set(finding)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 3),
        (["--only", "filename"], 0),
        (["--only", "filename", "--strict"], 3),
        (["--only", "heads,ids", "--only", "cycles", "--strict"], 0),
        (["--against", "topic", "--only", "merge-result"], 0),
        (["--against", "nowhere"], 1),
        (["--only", "nothing"], 2),
        (["--explain", "heads"], 0),
        (["--explain", "head"], 2),
        (["--output", "yaml"], 2),
        (["--output", "sarif", "--json"], 2),
    ],
)
def test_exit_codes(repo: Repository, arguments: list[str], code: int) -> None:
    assert check(repo, *arguments).code == code


def test_output_json_is_json(repo: Repository) -> None:
    answer = check(repo, "--output", "json")
    assert answer.out == check(repo, "--json").out
    document = answer.json
    assert (document["ok"], document["error"], document["command"]) == (False, None, "db check")
    data = document["data"]
    assert [one["code"] for one in data["findings"]] == [
        *("merge-result", "down-revision", "filename"),
    ]
    for finding in data["findings"]:
        assert keys(finding) == {
            *("code", "severity", "message", "hint", "revision", "path", "line"),
        }
        assert finding["path"] == f"{VERSIONS}/add.py"
    assert {"heads", "merge-result", "filename"} <= set(data["checked"])


def test_text_names_file_and_line_and_code(repo: Repository) -> None:
    answer = check(repo)
    assert f"{VERSIONS}/add.py:3: error: merged with main: 2 heads" in answer.out
    assert "[down-revision]" in answer.out
    assert answer.out.endswith("2 errors, 1 warning in 2 revision files, compared with main.\n")
    assert answer.err == ""


def test_other_formats_end_with_the_same_exit_code(repo: Repository) -> None:
    annotations = check(repo, "--output", "github")
    assert annotations.code == 3
    assert annotations.out.startswith(f"::error file={VERSIONS}/add.py,line=3,")
    log = check(repo, "--output", "sarif")
    assert (log.code, json.loads(log.out)["version"]) == (3, "2.1.0")
    suite = check(repo, "--output", "junit", "--only", "heads")
    assert suite.code == 0
    assert ET.fromstring(suite.out)[0].get("failures") == "0"  # noqa: S314 - it is our own text


def test_explanations_need_no_project(tmp_path: Path) -> None:
    answer = fidesdev("db", "check", "--explain", "all", "--json", cwd=tmp_path)
    assert len(answer.json["data"]["checks"]) >= 14
