"""Which database a command talks to, and who said so."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.config import (
    Flags,
    Source,
    choose_database,
    is_service_name,
    reachable,
    resolves,
)
from fidesdev.core.url import DatabaseUrl, parse_url
from fidesdev.errors import ConfigError, InvalidUrl
from tests.config.conftest import Load

LITERAL = "postgresql+psycopg://al:embic@ini:5001/literal"
VARIABLE = {"DATABASE_URL": "postgres://from:url@env:5002/variable"}
USE = "[fidesdev]\nuse_database_url = true\n"
FILE = '[database]\ndb = "file"\n'
FLAG = Flags(database_url="postgresql:///flag")
ENVIRONMENT = {"FIDES__DATABASE__DB": "environment"}
PLACES = ("flag", "env", "file", "ini", "url")


@pytest.mark.parametrize(
    "said",
    [set(some) for count in range(6) for some in itertools.combinations(PLACES, count)],
    ids=lambda said: "+".join(sorted(said)) or "nothing",
)
def test_first_place_that_names_a_database_wins(load: Load, said: set[str]) -> None:
    environ: Mapping[str, str] = {
        **(ENVIRONMENT if "env" in said else {}),
        **(VARIABLE if "url" in said else {}),
    }
    settings = load(
        USE + (FILE if "file" in said else ""), environ, FLAG if "flag" in said else Flags()
    )
    url, source = choose_database(settings, LITERAL if "ini" in said else None, environ)
    expected = {
        "flag": ("flag", Source("flag", "--database-url")),
        "env": ("environment", Source("environment", "FIDES__DATABASE__DB")),
        "file": ("file", Source("file", str(settings.project / ".fides.toml"))),
        "ini": ("literal", Source("file", "sqlalchemy.url")),
        "url": ("variable", Source("environment", "DATABASE_URL")),
    }
    first = next((place for place in expected if place in said), None)
    assert (url.database, source) == (expected[first] if first else ("fides", Source("default")))


def test_variable_and_file_are_joined(load: Load) -> None:
    environ = {"FIDES__DATABASE__PASSWORD": "s:/ %", "fides__database__port": "6000"}
    settings = load('[database]\nserver = "db.example"\nuser = "me"\n', environ)
    url, source = choose_database(settings, LITERAL, environ)
    assert url == DatabaseUrl(
        "postgresql", "fides", host="db.example", port=6000, user="me", password="s:/ %"
    )
    assert source == Source("environment", "fides__database__port, FIDES__DATABASE__PASSWORD")


def test_parameters_reach_the_url(load: Load) -> None:
    settings = load('[database.params]\nsslmode = "require"\nconnect_timeout = 3\n')
    url, _ = choose_database(settings, None, {})
    assert url.params == (("sslmode", "require"), ("connect_timeout", "3"))


@given(password=st.text(st.characters(codec="utf-8")), name=st.text(st.characters(codec="utf-8")))
def test_any_password_and_name_survive_the_url(password: str, name: str) -> None:
    url = DatabaseUrl("postgresql", name, "h", 5432, "u", password)
    assert parse_url(url.render()) == url


def test_database_url_is_not_read_unless_allowed(load: Load) -> None:
    settings = load("", VARIABLE)
    assert choose_database(settings, None, VARIABLE)[1] == Source("default")


def test_empty_database_url_is_none(load: Load) -> None:
    assert choose_database(load(USE), None, {"DATABASE_URL": ""})[1] == Source("default")


@pytest.mark.parametrize("literal", ["driver://user:pass@localhost/dbname", "", None])
def test_placeholder_of_alembic_names_nothing(load: Load, literal: str | None) -> None:
    assert choose_database(load(), literal, {})[1] == Source("default")


def test_literal_of_another_dialect_is_an_error_without_its_password(load: Load) -> None:
    with pytest.raises(InvalidUrl) as caught:
        choose_database(load(), "mysql://root:hunter2@host/db", {})
    assert "hunter2" not in str(caught.value)


def test_keys_that_fidesdev_does_not_read_name_no_database(load: Load) -> None:
    environ = {"FIDES__DATABASE__AUTOMIGRATE": "false"}
    settings = load('[database]\nload_samples = true\ntest_db = "t"\n', environ)
    assert choose_database(settings, LITERAL, environ)[0].database == "literal"


@pytest.mark.parametrize(
    ("toml", "literal", "environ", "host"),
    [
        ("", None, {}, "localhost"),
        (FILE, LITERAL, {}, "localhost"),
        ("", LITERAL, {}, "ini"),
        (USE, None, VARIABLE, "env"),
    ],
)
def test_test_mode_takes_the_test_database_of_the_same_server(
    load: Load, toml: str, literal: str | None, environ: Mapping[str, str], host: str
) -> None:
    settings = load(toml, {"FIDES__TEST_MODE": "true", **environ})
    url, _ = choose_database(settings, literal, environ)
    assert (url.database, url.host) == ("fides_test", host)


def test_test_mode_does_not_touch_a_url_typed_as_a_flag(load: Load) -> None:
    settings = load("", {"FIDES__TEST_MODE": "true"}, FLAG)
    assert choose_database(settings, None, {})[0].database == "flag"


def test_test_mode_refuses_a_sqlite_file(load: Load) -> None:
    settings = load("", {}, Flags(test_db=True))
    with pytest.raises(ConfigError, match=r"sqlalchemy\.url names a file"):
        choose_database(settings, "sqlite:///app.db", {})


@pytest.mark.parametrize("host", ["fides-db", "db", "my_db_1", "DB2"])
def test_one_word_is_a_service_name(host: str) -> None:
    assert is_service_name(host)


@pytest.mark.parametrize(
    "host", ["", "localhost", "LOCALHOST", "127.0.0.1", "::1", "db.example", "/run", "@s", "5"]
)
def test_addresses_are_no_service_names(host: str) -> None:
    assert not is_service_name(host)


def test_unknown_service_is_reached_through_the_host() -> None:
    url = DatabaseUrl("postgresql", "fides", "fides-db", 5433, "me", "s")
    there = reachable(url, Source("file", "f"), host_server="localhost", resolves=lambda _: False)
    assert there == DatabaseUrl("postgresql", "fides", "localhost", 5433, "me", "s")


@pytest.mark.parametrize(
    ("host", "kind", "known"),
    [("fides-db", "file", True), ("fides-db", "flag", False), ("db.example", "file", False)],
)
def test_other_hosts_stay(host: str, kind: str, known: bool) -> None:
    url = DatabaseUrl("postgresql", "fides", host)
    assert reachable(url, Source(kind), host_server="h", resolves=lambda _: known) == url


def test_reserved_name_does_not_resolve_and_loopback_does() -> None:
    assert resolves("localhost")
    assert not resolves("no-such-host.invalid")
    assert not resolves("a" * 300)
