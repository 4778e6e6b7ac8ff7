"""What the doctor says of facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fidesdev.core.compose import ComposeProject, Resource
from fidesdev.core.docker_doctor import (
    Capacity,
    DockerDoctorReport,
    judge_capacity,
    judge_checkouts,
    judge_compose,
    judge_containers,
    judge_volumes,
)
from fidesdev.core.engine import Container, EngineVersion

PROJECT = ComposeProject("shop", "/src/shop", (), (), (Resource("data", "shop_data"),), ())
CONTAINER = Container(
    id="1",
    name="shop_app_1",
    project="shop",
    service="app",
    image="shop_app",
    image_id="2",
    state="running",
    health=None,
    exit_code=None,
    ports=(),
    created=datetime(2026, 1, 2, tzinfo=UTC),
    started=None,
    restarts=0,
    folder="/src/shop",
)
GIB = 1024**3


@pytest.mark.parametrize(
    ("engine", "oldest_api", "is_older", "severity"),
    [
        ("20.10.24", "1.12", True, "ok"),
        ("24.0.7", "1.12", True, "ok"),
        ("25.0.0", "1.24", True, "warning"),
        ("29.0.1", "1.44", True, "error"),
        ("29.0.1", "1.44", False, "ok"),
        ("dev", "1.12", True, "ok"),
    ],
)
def test_older_compose_is_told_from_which_engine_on_it_fails(
    engine: str, oldest_api: str, is_older: bool, severity: str
) -> None:
    version = EngineVersion(engine, "1.52", oldest_api, "linux/amd64")
    found = judge_compose("docker-compose", "1.29.2", version, is_older=is_older)
    assert found.severity == severity
    assert (found.hint is None) == (severity == "ok")


def test_little_room_is_told_and_a_disk_that_cannot_be_seen_is_not_judged() -> None:
    little = [*judge_capacity(Capacity(GIB, GIB, "/var/lib/docker"))]
    assert [(one.check, one.severity) for one in little] == [
        ("disk", "warning"),
        ("memory", "warning"),
    ]
    assert "fidesdev docker clean --images" in (little[0].hint or "")
    (memory,) = judge_capacity(Capacity(8 * GIB, None, ""))
    assert (memory.check, memory.severity) == ("memory", "ok")


def test_other_checkout_gets_a_name_and_one_that_is_gone_is_cleaned() -> None:
    there, gone = replace(CONTAINER, folder="/src/two"), replace(CONTAINER, folder="/src/three")
    one, two = judge_checkouts(PROJECT, [CONTAINER, there, gone], frozenset({"/src/three"}))
    assert one.message == "shop_app_1 of /src/two carries the name 'shop' too"
    assert "[fidesdev.docker]" in (one.hint or "")
    assert "which is gone" in two.message
    assert "fidesdev docker clean" in (two.hint or "")
    (fine,) = judge_checkouts(PROJECT, [CONTAINER], frozenset())
    assert fine.severity == "ok"


def test_container_that_died_is_told_with_its_logs() -> None:
    died = replace(CONTAINER, state="exited", exit_code=3)
    (found,) = judge_containers([CONTAINER, died])
    assert found.message == "shop_app_1 ended with exit code 3"
    assert "'fidesdev docker logs app'" in (found.hint or "")
    (fine,) = judge_containers([CONTAINER])
    assert (fine.severity, fine.message) == ("ok", "1 running")


def test_volume_that_the_file_does_not_declare_any_more_is_dangling() -> None:
    (found,) = judge_volumes(PROJECT, ["shop_data", "shop_old"])
    assert found.message.startswith("shop_old ")
    assert not DockerDoctorReport((found,)).is_healthy
    (fine,) = judge_volumes(PROJECT, ["shop_data"])
    assert DockerDoctorReport((fine,)).is_healthy
