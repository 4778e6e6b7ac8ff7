"""Which database servers lose their data with what is removed."""

from __future__ import annotations

from typing import Any

import pytest

from fidesdev.core.cleaning import CleanItem
from fidesdev.core.cleaning_plan import Cleaning, Removal
from fidesdev.core.engine_objects import Kind
from fidesdev.core.served import Served, losing, read_served


def facts(mounts: list[dict[str, str]], *env: str, running: bool = True) -> dict[str, Any]:
    """As the engine tells of a container."""
    return {
        "Id": "1",
        "Name": "/shop_db_1",
        "Config": {"Env": [*env]},
        "State": {"Running": running},
        "Mounts": mounts,
    }


def volume(name: str, folder: str) -> dict[str, str]:
    return {"Type": "volume", "Name": name, "Destination": folder}


def server(mounts: list[dict[str, str]], *env: str) -> Served:
    found = read_served(facts(mounts, *(env or ("POSTGRES_PASSWORD=x",))))
    assert found is not None
    return found


def test_container_without_a_servers_variables_is_none() -> None:
    assert read_served(facts([], "PATH=/bin", "PGHOST=db")) is None


def test_variables_are_those_of_the_official_image() -> None:
    found = server([], "POSTGRES_USER=ann", "POSTGRES_PASSWORD=a=b")
    assert (found.user, found.database, found.password) == ("ann", "ann", "a=b")
    assert "a=b" not in repr(found)


@pytest.mark.parametrize(
    ("mounts", "env", "place", "name"),
    [
        ([volume("data", "/var/lib/postgresql/data")], (), "volume", "data"),
        ([volume("data", "/var/lib")], ("PGDATA=/var/lib/postgresql/18/d",), "volume", "data"),
        ([volume("a", "/var"), volume("b", "/var/lib/postgresql/data/")], (), "volume", "b"),
        ([volume("other", "/var/lib/postgresql/data2")], (), "layer", ""),
        ([{"Type": "bind", "Destination": "/var/lib/postgresql/data"}], (), "bind", ""),
    ],
)  # fmt: skip
def test_data_are_on_the_nearest_mount_above_them(
    mounts: list[dict[str, str]], env: tuple[str, ...], place: str, name: str
) -> None:
    found = server(mounts, "POSTGRES_PASSWORD=x", *env)
    assert (found.place, found.volume) == (place, name)


def test_server_loses_with_its_volume_or_with_the_container_that_holds_its_data() -> None:
    def removal(kind: Kind, id_: str) -> Removal:
        return Removal(kind, id_, CleanItem(kind, id_, None, None))

    container = Cleaning((removal(Kind.CONTAINER, "1"),), ())
    both = Cleaning((removal(Kind.CONTAINER, "1"), removal(Kind.VOLUME, "data")), ())
    named = server([volume("data", "/var/lib/postgresql/data")])
    bound = server([{"Type": "bind", "Destination": "/var/lib/postgresql/data"}])
    inside = server([])
    servers = (named, bound, inside)
    assert losing(servers, container) == (inside,)
    assert losing(servers, both) == (named, inside)
    assert losing(servers, Cleaning((), ())) == ()
    assert losing(servers, container, unnamed={"data"}) == (named, inside)
