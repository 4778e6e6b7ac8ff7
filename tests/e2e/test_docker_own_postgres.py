"""A checkout without a Compose file: one command to a PostgreSQL that answers."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.checkouts import Checkout, free_port, new_checkout
from tests.projects import make_project

PASSWORD = "p$a'ss \" ${X} \\ é#"
SETTINGS = """
[database]
port = "{port}"
password = '''{password}'''
db = "shop"
test_db = "shop_test"
[fidesdev.docker]
image = "{image}"
"""


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, postgres_image: str) -> Iterator[Checkout]:
    """A fresh checkout with revisions after its first `docker up`."""
    with new_checkout(tmp_path_factory.mktemp("own")) as checkout:
        make_project(checkout.root, "one > two", DatabaseUrl("sqlite", ":memory:"))
        settings = SETTINGS.format(port=free_port(), password=PASSWORD, image=postgres_image)
        (checkout.root / ".fides.toml").write_text(settings, encoding="utf-8")
        planned = checkout.fidesdev("docker", "up", "--dry-run")
        assert "Would start postgres" in planned.out
        assert not (checkout.root / ".fidesdev").exists()
        answer = checkout.fidesdev("docker", "up")
        assert answer.code == 0, answer.err
        assert PASSWORD not in answer.out + answer.err
        assert "fidesdev db status" in answer.out
        yield checkout


def test_database_answers_after_one_command(up: Checkout) -> None:
    status = up.fidesdev("db", "status", "--json")
    assert status.code == 0, status.out
    assert status.json["data"]["pending"] == ["one", "two"]


def test_both_databases_of_the_configuration_exist(up: Checkout) -> None:
    assert up.fidesdev("db", "wait", "--json").json["data"]["exists"] is True
    assert up.fidesdev("db", "wait", "--test-db", "--json").json["data"]["exists"] is True


def test_only_the_owner_may_read_the_file_with_the_password(up: Checkout) -> None:
    file = up.root / ".fidesdev" / "docker" / "compose.yaml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (up.root / ".fidesdev" / ".gitignore").read_text() == "*\n"


def test_second_up_leaves_the_container_as_it_is(up: Checkout) -> None:
    before = up.fidesdev("docker", "ps", "--json").json["data"]["containers"]
    again = up.fidesdev("docker", "up", "--json").json["data"]
    assert [one["id"] for one in again["containers"]] == [one["id"] for one in before]
    assert again["connection"]["in_use"] is True
    assert again["place"]["generated"] is True


def test_other_password_than_that_of_the_volume_is_told(up: Checkout) -> None:
    variables = {"FIDES__DATABASE__PASSWORD": "other"}
    told = up.fidesdev("docker", "up", "--json", **variables)
    assert (told.code, told.json["error"]["code"]) == (4, "authentication_failed")
    assert "docker clean --volumes" in told.json["error"]["hint"]
    assert up.fidesdev("docker", "up").code == 0


def test_data_outlive_down(up: Checkout) -> None:
    assert up.fidesdev("db", "upgrade").code == 0
    down = up.fidesdev("docker", "down", "--json").json["data"]
    assert [volume.startswith(up.name) for volume in down["volumes"]] == [True]
    assert up.containers() == []
    assert up.fidesdev("db", "status").code == 4
    assert up.fidesdev("docker", "up").code == 0
    assert up.fidesdev("db", "status", "--json").json["data"]["at_heads"] is True


def test_embedded_engine_is_said_to_be_the_one_in_use(up: Checkout) -> None:
    answer = up.fidesdev("docker", "up", FIDES__FIDESDEV__ENGINE="embedded")
    assert answer.code == 0, answer.err
    assert "Not in use" in answer.out


def test_same_folder_name_elsewhere_is_another_project(up: Checkout, tmp_path: Path) -> None:
    other = Checkout(tmp_path / up.name)
    other.root.mkdir()
    planned = other.fidesdev(
        "docker", "up", "--dry-run", "--json", FIDES__DATABASE__PORT=str(free_port())
    )
    mine = up.fidesdev("docker", "ps", "--json").json["data"]["place"]["project"]
    assert planned.json["data"]["place"]["project"] != mine


def test_nothing_to_show_before_the_first_up(tmp_path: Path, tiny_image: str) -> None:
    told = Checkout(tmp_path).fidesdev("docker", "ps", "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "compose_file_missing")
    assert "docker up" in told.json["error"]["hint"]
