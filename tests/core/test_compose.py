"""What the resolved documents of both generations of Compose mean."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fidesdev.core.compose import ComposeProject, Port, Resource, project_name, read_project

BARE = ComposeProject("shop", "/srv/shop", ("/srv/shop/compose.yml",))
DOCUMENT = {
    "services": {
        "app": {"build": {"context": "."}, "depends_on": {"db": {"condition": "service_healthy"}}},
        "db": {"image": "postgres:16", "volumes": ["data:/var/lib/postgresql/data:rw"]},
        "flower": {"image": "flower", "profiles": ["workers"], "depends_on": ["app"]},
        "named": {"build": ".", "image": "shop/named:local", "volumes": ["./here:/there"]},
    },
    "volumes": {"data": {}, "own": {"name": "my-own"}, "old": {"external": True}},
    "networks": {"inner": None, "outer": {"external": {"name": "shared"}}},
}


def test_built_images_have_the_names_of_both_generations() -> None:
    newer, older = read_project(DOCUMENT, BARE), read_project(DOCUMENT, BARE, older=True)
    assert newer.services[0].image == "shop-app"
    assert older.services[0].image == "shop_app"
    assert set(newer.built_images) == {"shop-app", "shop_app", "shop/named:local"}
    assert set(newer.built_images) == set(older.built_images)


def test_volumes_and_networks_are_named_as_in_the_engine() -> None:
    project = read_project(DOCUMENT, BARE, older=True)
    assert project.volumes == (
        Resource("data", "shop_data"),
        Resource("own", "my-own"),
        Resource("old", "old", is_external=True),
    )
    assert project.networks == (
        Resource("inner", "shop_inner"),
        Resource("outer", "shared", is_external=True),
        Resource("default", "shop_default"),
    )


def test_services_of_a_profile_are_active_only_with_it() -> None:
    project = read_project(DOCUMENT, BARE)
    assert [one.name for one in project.active] == ["app", "db", "named"]
    assert len(replace(project, profiles=("workers",)).active) == 4
    assert len(replace(project, profiles=("*",)).active) == 4


def test_dependencies_come_along() -> None:
    project = read_project(DOCUMENT, BARE)
    assert [one.name for one in project.with_dependencies(["flower"])] == ["app", "db", "flower"]


def test_only_named_volumes_count() -> None:
    project = read_project(DOCUMENT, BARE)
    assert [one.volumes for one in project.services] == [(), ("data",), (), ()]
    long = [{"type": "volume", "source": "data", "target": "/d"}, {"type": "bind", "source": "/s"}]
    read = read_project({"services": {"a": {"image": "x", "volumes": long}}}, BARE)
    assert read.services[0].volumes == ("data",)


@pytest.mark.parametrize(
    ("said", "port"),
    [
        ("127.0.0.1:5999:5432/tcp", Port(5432, 5999, "127.0.0.1")),
        ("5999:5432", Port(5432, 5999)),
        ("5432", Port(5432)),
        (5432, Port(5432)),
        ("53:53/udp", Port(53, 53, protocol="udp")),
        ("[::1]:8080:80", Port(80, 8080, "::1")),
        ("8000-8010:80", Port(80)),
        ({"target": 80, "published": "8080", "host_ip": "::1"}, Port(80, 8080, "::1")),
        ({"target": 80, "published": 8080, "protocol": "udp"}, Port(80, 8080, protocol="udp")),
        ({"target": 80}, Port(80)),
    ],
)
def test_port_in_every_notation(said: object, port: Port) -> None:
    read = read_project({"services": {"a": {"image": "x", "ports": [said]}}}, BARE)
    assert read.services[0].ports == (port,)


@pytest.mark.parametrize(
    ("health", "has"),
    [
        ({"test": ["CMD", "true"]}, True),
        ({"disable": True, "test": "true"}, False),
        ({"test": ["NONE"]}, False),
        ({}, False),
    ],
)
def test_health_check_that_is_switched_off_is_none(health: dict[str, object], has: bool) -> None:
    read = read_project({"services": {"a": {"image": "x", "healthcheck": health}}}, BARE)
    assert read.services[0].has_healthcheck is has


@pytest.mark.parametrize(
    ("text", "newer", "older"),
    [("My Shop.v2", "myshopv2", "myshopv2"), ("_shop", "shop", "_shop"), ("Ünï", "n", "n")],
)
def test_project_name_follows_the_rules_of_each_generation(
    text: str, newer: str, older: str
) -> None:
    assert project_name(text, older=False) == newer
    assert project_name(text, older=True) == older


def test_port_is_shown_as_docker_shows_it() -> None:
    assert str(Port(5432, 5999, "127.0.0.1")) == "127.0.0.1:5999->5432/tcp"
    assert str(Port(5432, 5999, "::1")) == "[::1]:5999->5432/tcp"
    assert str(Port(5432)) == "5432/tcp"
