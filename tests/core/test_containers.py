"""When a container is ready, which ports are wanted and which offered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

import pytest

from fidesdev.core.compose import ComposeProject, ComposeService, Port
from fidesdev.core.containers import (
    Readiness,
    database_service,
    incompatibility,
    nearest_services,
    offered_ports,
    other_folders,
    readiness,
    wanted_ports,
)
from fidesdev.core.engine import Container, EngineAddress, Publisher

RUNNING = Container(
    id="c1",
    name="shop_web_1",
    project="shop",
    service="web",
    image="web",
    image_id="sha256:1",
    state="running",
    health=None,
    exit_code=None,
    ports=(Port(80, 8080),),
    created=datetime(2026, 4, 1, tzinfo=UTC),
    started=datetime(2026, 4, 1, tzinfo=UTC),
    restarts=0,
    folder="/srv/shop",
)
WEB = ComposeService("web", "web", is_built=False, ports=(Port(80, 8080), Port(81)))
DB = ComposeService("fides-db", "postgres:16", is_built=False, ports=(Port(5432, 5433),))
SHOP = ComposeProject("shop", "/srv/shop", (), services=(WEB, DB))


@pytest.mark.parametrize(
    ("state", "health", "exit_code", "restarts", "verdict"),
    [
        ("running", None, None, 0, Readiness.READY),
        ("running", "healthy", None, 0, Readiness.READY),
        ("running", "starting", None, 0, Readiness.WAITING),
        ("running", "unhealthy", None, 0, Readiness.FAILED),
        ("exited", None, 0, 0, Readiness.READY),
        ("exited", None, 1, 0, Readiness.FAILED),
        ("dead", None, 137, 0, Readiness.FAILED),
        ("restarting", None, 1, 1, Readiness.WAITING),
        ("restarting", None, 1, 3, Readiness.FAILED),
        ("created", None, None, 0, Readiness.WAITING),
    ],
)
def test_container_is_ready_waited_for_or_given_up(
    state: str, health: str | None, exit_code: int | None, restarts: int, verdict: Readiness
) -> None:
    one = replace(RUNNING, state=state, health=health, exit_code=exit_code, restarts=restarts)
    assert readiness(one)[0] is verdict


def test_port_that_the_own_container_holds_is_not_wanted_again() -> None:
    assert [str(one.port) for one in wanted_ports([WEB], [])] == ["8080->80/tcp"]
    assert list(wanted_ports([WEB], [RUNNING])) == []
    assert len(list(wanted_ports([WEB], [replace(RUNNING, state="exited")]))) == 1


def test_branch_is_offered_the_ports_that_fides_would_give_it() -> None:
    # md5("main") begins with fad58de7, which is 4208299495, and 45 modulo 50
    assert [next(offered_ports(port, "main")) for port in (8080, 5432, 6379, 3000)] == [
        13580,
        13532,
        13579,
        13500,
    ]
    assert len(set(islice(offered_ports(5432, "main"), 60))) == 50


def test_addresses_that_differ_do_not_clash() -> None:
    held = Publisher(Port(80, 8080, "127.0.0.1"), "c1", "web", "shop")
    assert held.holds(Port(80, 8080))
    assert held.holds(Port(90, 8080, "127.0.0.1"))
    assert not held.holds(Port(80, 8080, "10.0.0.1"))
    assert not held.holds(Port(80, 8080, protocol="udp"))
    assert str(held) == "container 'web' of project 'shop'"


def test_database_is_found_by_name_then_by_port_then_as_the_only_one() -> None:
    assert database_service(SHOP, "fides-db", 1) is DB
    assert database_service(SHOP, "localhost", 5433) is DB
    assert database_service(SHOP, "localhost", 1) is DB
    assert database_service(replace(SHOP, services=(WEB,)), "localhost", 1) is None


def test_nearest_names_are_those_a_hand_may_have_meant() -> None:
    known = ("fides", "fides-db", "redis", "worker-other")
    assert nearest_services("fides_db", known) == ("fides-db", "fides")
    assert nearest_services("worker", known) == ("worker-other",)
    assert nearest_services("", known) == ()


def test_other_checkouts_are_known_by_their_folder() -> None:
    other = replace(RUNNING, folder="/home/ann/shop")
    assert other_folders(SHOP, [RUNNING, other, other]) == ("/home/ann/shop",)


def test_what_version_1_says_of_newer_engines_is_understood() -> None:
    recreate = "ERROR: for web  'ContainerConfig'\nKeyError: 'ContainerConfig'"
    found = incompatibility(recreate)
    assert found is not None
    assert "docker down" in found.remedy
    api = "client version 1.41 is too old. Minimum supported API version is 1.44"
    assert incompatibility(api) is not None
    assert incompatibility("pull access denied") is None


@pytest.mark.parametrize(
    ("host", "remote"),
    [
        ("unix:///var/run/docker.sock", False),
        ("tcp://127.0.0.1:2375", False),
        ("tcp://[::1]:2375", False),
        ("ssh://ann@build.example", True),
        ("tcp://10.0.0.7:2376", True),
    ],
)
def test_engine_on_another_machine_is_known_by_its_address(host: str, remote: bool) -> None:
    assert EngineAddress(host, "work", "default").is_remote is remote
