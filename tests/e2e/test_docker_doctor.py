"""`docker doctor` on a real engine, for a project with everything wrong at once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from fidesdev.core.docker_doctor import Diagnosis
from fidesdev.core.engine import FOLDER_LABEL
from fidesdev.services import docker_doctor
from tests.cli.processes import fidesdev
from tests.docker_projects import PASSWORD, Shop, make_shop


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory, tiny_image: str, postgres_image: str
) -> Iterator[Shop]:
    """Its database runs."""
    with make_shop(tmp_path_factory.mktemp("doctor"), tiny_image, postgres_image) as made:
        settings = made.root / ".fides.toml"
        settings.write_text(settings.read_text().replace("[database]", '[database]\nserver = "db"'))
        made.make_database()
        yield made


def worst(shop: Shop) -> dict[str, Diagnosis]:
    """What the doctor says of each point; where it says several things, the worst."""
    checks = docker_doctor.examine(shop.workspace).checks
    return {one.check: one for one in sorted(checks, key=lambda one: one.severity != "ok")}


def test_project_in_order_exits_with_0(shop: Shop) -> None:
    answer = fidesdev("docker", "doctor", "--json", cwd=shop.root)
    checks = answer.json["data"]["checks"]
    wrong = [one for one in checks if one["severity"] != "ok" and one["check"] != "compose"]
    assert wrong == []
    assert [one["check"] for one in checks] == [
        *("engine", "compose", "disk", "memory", "file"),
        *("checkouts", "ports", "containers", "volumes", "database"),
    ]
    assert checks[-1]["message"].endswith("/shop opens")


def test_database_that_refuses_the_configured_password_is_told_with_its_remedy(shop: Shop) -> None:
    settings = shop.root / ".fides.toml"
    text = settings.read_text()
    settings.write_text(text.replace(PASSWORD, "another"))
    answer = fidesdev("docker", "doctor", cwd=shop.root)
    settings.write_text(text)
    assert answer.code == 3
    assert "database    error " in answer.out
    assert "Its volume was made with another user or password" in answer.out


def test_taken_port_names_its_holder(shop: Shop) -> None:
    file = shop.root / "docker-compose.yml"
    text = file.read_text()
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        worker = f"  worker:\n    ports: ['127.0.0.1:{port}:80']\n"
        file.write_text(text.replace("  worker:\n", worker))
        told = worst(shop)["ports"]
    file.write_text(text)
    assert (told.severity, f"127.0.0.1:{port}" in told.message) == ("error", True)
    assert "process" in told.message


def test_broken_file_is_told_with_its_line(shop: Shop) -> None:
    file = shop.root / "docker-compose.yml"
    text = file.read_text()
    file.write_text(text.replace("  worker:\n", "  worker:\n    imagine: x\n"))
    told = worst(shop)["file"]
    file.write_text(text)
    assert (told.severity, "line" in told.message) == ("error", True)


def test_checkout_without_a_file_is_in_order_unless_one_is_named(
    tmp_path: Path, tiny_image: str
) -> None:
    settings = tmp_path / ".fides.toml"
    settings.write_text("[fidesdev]\n")
    plain = fidesdev("docker", "doctor", cwd=tmp_path)
    assert (plain.code, plain.out.split().count("ok")) == (0, 5)
    settings.write_text('[fidesdev.docker]\nfiles = ["absent.yml"]\n')
    named = fidesdev("docker", "doctor", cwd=tmp_path)
    assert (named.code, "absent.yml, and there is no such file" in named.out) == (3, True)


def test_dangling_volume_dead_container_and_other_checkout_are_told(
    shop: Shop, tmp_path: Path
) -> None:
    engine, old = shop.client, f"{shop.name}_old"
    engine.create_volume(old, labels=shop.labels)
    labels = {**shop.labels, FOLDER_LABEL: str(tmp_path), "com.docker.compose.service": "app"}
    config = engine.create_host_config(network_mode="host")
    dead = f"{shop.name}_app_7"
    engine.create_container(
        shop.tiny, ["sh", "-c", "exit 5"], name=dead, labels=labels, host_config=config
    )
    engine.start(dead)
    engine.wait(dead)
    try:
        told = worst(shop)
    finally:
        engine.remove_container(dead)
        engine.remove_volume(old)
    assert old in told["volumes"].message
    assert told["containers"].message == f"{dead} ended with exit code 5"
    assert str(tmp_path) in told["checkouts"].message


def test_engine_that_does_not_answer_is_a_finding(shop: Shop) -> None:
    host = "tcp://127.0.0.1:9"
    answer = fidesdev("docker", "doctor", "--json", cwd=shop.root, DOCKER_HOST=host)
    first, second = answer.json["data"]["checks"]
    assert (answer.code, first["check"], first["severity"]) == (3, "engine", "error")
    assert second["check"] == "compose"
