"""A Compose file with a PostgreSQL whose name only Compose knows, as Fides has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.checkouts import Checkout, free_port, new_checkout
from tests.projects import make_project

SERVICES = """
shop-db:
  image: {image}
  environment: {{POSTGRES_PASSWORD: s3cret, POSTGRES_DB: shop}}
  ports: ["${{DB_PORT:-{port}}}:5432"]
  volumes: ["data:/var/lib/postgresql/data"]
  healthcheck: {{test: ["CMD", "pg_isready", "-q", "-h", "127.0.0.1"], interval: 1s, retries: 60}}
"""
SETTINGS = """
[database]
server = "shop-db"
port = "{port}"
password = "s3cret"
db = "shop"
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, postgres_image: str) -> Iterator[Checkout]:
    with new_checkout(tmp_path_factory.mktemp("database")) as made:
        make_project(made.root, "one", DatabaseUrl("sqlite", ":memory:"))
        port = free_port()
        services = SERVICES.format(image=postgres_image, port=port)
        made.compose_file(services, more="volumes: {data: }")
        (made.root / ".fides.toml").write_text(SETTINGS.format(port=port))
        yield made


def test_up_ends_with_the_way_to_the_database(checkout: Checkout) -> None:
    answer = checkout.fidesdev("docker", "up", "--wait")
    assert answer.code == 0, answer.err
    assert "postgresql://postgres:***@localhost:" in answer.out
    assert "shop-db is reached from here as localhost: [fidesdev] host_server" in answer.out
    assert "s3cret" not in answer.out + answer.err
    assert checkout.fidesdev("db", "status", "--json").json["data"]["pending"] == ["one"]


def test_other_port_than_that_of_the_configuration_is_told(checkout: Checkout) -> None:
    port = str(free_port())
    told = checkout.fidesdev("docker", "up", "--dry-run", "--json", DB_PORT=port)
    assert told.json["data"]["connection"]["published"] == int(port)
    answer = checkout.fidesdev("docker", "up", DB_PORT=port)
    assert f"port = {port} under [database]" in answer.out


def test_embedded_engine_is_not_started_to_say_where_the_service_is(checkout: Checkout) -> None:
    variables = {"FIDES__FIDESDEV__ENGINE": "embedded"}
    told = checkout.fidesdev("docker", "up", "--json", **variables).json["data"]["connection"]
    assert (told["service"], told["in_use"]) == ("shop-db", False)
    assert not (checkout.root / ".fidesdev" / "postgres").exists()
