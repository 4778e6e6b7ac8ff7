"""Compose files are found by Compose's own rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.adapters.compose_files import ComposeChoice, FoundFiles, find_compose_files
from fidesdev.adapters.compose_lines import port_variable
from fidesdev.errors import ComposeFileMissing


def find(folder: Path, *files: str, older: bool = False, **environ: str) -> FoundFiles:
    return find_compose_files(ComposeChoice(folder, files), environ, older=older)


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("services: {}\n")


def test_nearest_folder_upwards_wins_with_its_override(tmp_path: Path) -> None:
    touch(tmp_path / "docker-compose.yml", tmp_path / "docker-compose.override.yml")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    found = find(inner)
    assert [path.name for path in found.paths] == [
        "docker-compose.yml",
        "docker-compose.override.yml",
    ]
    assert (found.folder, found.is_chosen) == (tmp_path, False)


def test_generations_prefer_different_names(tmp_path: Path) -> None:
    touch(tmp_path / "docker-compose.yml", tmp_path / "compose.yaml")
    assert find(tmp_path).paths[0].name == "compose.yaml"
    assert find(tmp_path, older=True).paths[0].name == "docker-compose.yml"


def test_no_file_is_no_error(tmp_path: Path) -> None:
    assert find(tmp_path).paths == ()


def test_variable_of_the_environment_wins_over_that_of_the_file(tmp_path: Path) -> None:
    touch(tmp_path / "one.yml", tmp_path / "two.yml")
    (tmp_path / ".env").write_text(
        'COMPOSE_FILE="one.yml:two.yml"  # both\nexport COMPOSE_PROJECT_NAME=env\n#X=1\n'
    )
    found = find(tmp_path)
    assert [path.name for path in found.paths] == ["one.yml", "two.yml"]
    assert found.project == "env"
    found = find(tmp_path, COMPOSE_FILE="two.yml", COMPOSE_PROJECT_NAME="mine")
    assert [path.name for path in found.paths] == ["two.yml"]
    assert found.project == "mine"


def test_configured_files_win_over_everything(tmp_path: Path) -> None:
    touch(tmp_path / "docker-compose.yml", tmp_path / "deploy" / "c.yml")
    found = find(tmp_path, "deploy/c.yml", COMPOSE_FILE="docker-compose.yml")
    assert found.paths == (tmp_path / "deploy" / "c.yml",)
    assert (found.folder, found.is_chosen) == (tmp_path / "deploy", True)


def test_profiles_of_both_are_enabled(tmp_path: Path) -> None:
    touch(tmp_path / "compose.yml")
    choice = ComposeChoice(tmp_path, profiles=("one",))
    found = find_compose_files(choice, {"COMPOSE_PROFILES": "two,one"}, older=False)
    assert found.profiles == ("one", "two")


def test_named_file_that_is_absent_is_told_with_who_named_it(tmp_path: Path) -> None:
    with pytest.raises(ComposeFileMissing, match=r"COMPOSE_FILE names .*nope\.yml"):
        find(tmp_path, COMPOSE_FILE="nope.yml")


def test_variable_of_a_published_port_is_found_in_both_notations(tmp_path: Path) -> None:
    file = tmp_path / "compose.yml"
    file.write_text(
        "services:\n  db:\n    ports:\n"
        '      - "127.0.0.1:${DB_PORT:-5432}:5432"\n'
        '      - {published: "$OTHER", target: 80}\n'
        '      - "8080:81"\n'
    )
    assert port_variable([file], "db", 5432) == "DB_PORT"
    assert port_variable([file], "db", 80) == "OTHER"
    assert port_variable([file], "db", 81) is None
    assert port_variable([file], "web", 80) is None
