"""Engines and sessions: where they connect, and what a failed commit leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, NullPool, QueuePool, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from fidesdev.config import Flags, load_settings
from fidesdev.core.url import DatabaseUrl
from fidesdev.db.session import ExtendedSession, get_db_engine, get_db_session
from fidesdev.errors import ConfigError, InvalidUrl, MissingConfig
from tests.db.conftest import Factory


@dataclass(frozen=True)
class Database:
    server: str = "localhost"
    port: str | int | None = "5432"
    user: str = "postgres"
    password: str = "fides"
    db: str = "fides"
    test_db: str = "fides_test"
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    database: Database
    test_mode: bool = False


def settings(url: DatabaseUrl, **changes: Any) -> Settings:
    """Settings that say in words what a URL says."""
    parts = {
        "server": url.host,
        "port": url.port,
        "user": url.user,
        "password": url.password,
        "db": url.database,
        "params": dict(url.params),
    }
    return Settings(Database(**(parts | changes)))


def given_to_libpq(engine: Engine) -> dict[str, Any]:
    """What psycopg2 is called with."""
    positional, named = engine.dialect.create_connect_args(engine.url)
    assert not positional
    return dict(named)


# Where an engine connects

# NUL cannot be in a connection string, and half of a surrogate pair is no text
ANY_TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1)


@given(user=ANY_TEXT, password=ANY_TEXT, name=ANY_TEXT)
def test_user_password_and_name_reach_libpq_whatever_they_hold(
    user: str, password: str, name: str
) -> None:
    engine = get_db_engine(config=Settings(Database(user=user, password=password, db=name)))
    named = given_to_libpq(engine)
    assert (named["user"], named["password"], named["dbname"]) == (user, password, name)


@given(user=ANY_TEXT, password=ANY_TEXT)
def test_user_and_password_reach_libpq_through_a_uri_too(user: str, password: str) -> None:
    url = DatabaseUrl("postgresql", "fides", host="localhost", user=user, password=password)
    named = given_to_libpq(get_db_engine(database_uri=url.render()))
    assert (named["user"], named["password"], named["dbname"]) == (user, password, "fides")


@pytest.mark.parametrize("server", ["::1", "[::1]"])
def test_ipv6_address_may_have_brackets(server: str) -> None:
    named = given_to_libpq(get_db_engine(config=Settings(Database(server=server))))
    assert (named["host"], named["port"]) == ("::1", 5432)


@pytest.mark.parametrize("server", ["/var/run/postgresql", "@hidden", "/with space/a%20:b"])
def test_socket_directory_is_a_server(server: str) -> None:
    named = given_to_libpq(get_db_engine(config=Settings(Database(server=server, port=5433))))
    assert named["host"] == server
    assert int(named["port"]) == 5433


def test_empty_server_and_port_are_left_to_libpq() -> None:
    named = given_to_libpq(get_db_engine(config=Settings(Database(server="", port=""))))
    assert not {"host", "port"} & set(named)


def test_params_are_libpq_parameters() -> None:
    params = {"sslmode": "require", "connect_timeout": 3, "options": "-c search_path=a,b"}
    named = given_to_libpq(get_db_engine(config=Settings(Database(params=params))))
    assert named["sslmode"] == "require"
    assert named["connect_timeout"] == "3"
    assert named["options"] == "-c search_path=a,b"


def test_port_that_is_no_number_is_named() -> None:
    with pytest.raises(ConfigError, match=r"database\.port is not a number: 'fifty'"):
        get_db_engine(config=Settings(Database(port="fifty")))


def test_test_mode_names_the_test_database() -> None:
    engine = get_db_engine(config=Settings(Database(), test_mode=True))
    assert engine.url.database == "fides_test"


def test_uri_wins_over_config() -> None:
    engine = get_db_engine(config=Settings(Database()), database_uri="postgresql://h/other")
    assert (engine.url.host, engine.url.database) == ("h", "other")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_driver_is_psycopg2_unless_another_is_named(scheme: str) -> None:
    assert get_db_engine(database_uri=f"{scheme}://h/d").driver == "psycopg2"
    assert (
        get_db_engine(database_uri=make_url("sqlite://"), disable_pooling=True).driver == "pysqlite"
    )


def test_uri_that_cannot_be_read_is_refused_without_its_password() -> None:
    with pytest.raises(InvalidUrl) as refusal:
        get_db_engine(database_uri="postgresql//me:secret@host/name")
    assert "secret" not in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_nothing_to_connect_to_is_an_error_of_values() -> None:
    with pytest.raises(MissingConfig) as refusal:
        get_db_engine()
    assert isinstance(refusal.value, ValueError)
    with pytest.raises(MissingConfig):
        get_db_session(None)


def test_settings_of_this_package_are_a_config(server: DatabaseUrl, tmp_path: Path) -> None:
    variables = {
        "FIDES__DATABASE__SERVER": server.host,
        "FIDES__DATABASE__PORT": str(server.port),
        "FIDES__DATABASE__USER": server.user,
        "FIDES__DATABASE__PASSWORD": server.password,
        "FIDES__DATABASE__DB": server.database,
    }
    loaded = load_settings(Flags(), variables, tmp_path)
    factory = get_db_session(loaded)
    with factory() as db:
        assert db.scalar(text("SELECT current_database()")) == server.database
    factory.kw["bind"].dispose()


def test_server_is_reached_through_its_socket(server: DatabaseUrl) -> None:
    over_tcp = get_db_engine(database_uri=server.render(), disable_pooling=True)
    with over_tcp.connect() as connection:
        listed = connection.scalar(text("SHOW unix_socket_directories")) or ""
    folders = [name.strip(' "') for name in listed.split(",")]
    here = [name for name in folders if (Path(name) / f".s.PGSQL.{server.port}").exists()]
    if not here:
        pytest.skip(f"the server's socket is not on this machine: {folders}")
    engine = get_db_engine(config=settings(server, server=here[0]), disable_pooling=True)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT inet_server_addr() IS NULL")) is True


# What an engine is like


def test_pool_is_as_asked_for() -> None:
    engine = get_db_engine(database_uri="postgresql://h/d", pool_size=3, max_overflow=1)
    assert isinstance(engine.pool, QueuePool)
    assert engine.pool.size() == 3
    unpooled = get_db_engine(database_uri="postgresql://h/d", pool_size=3, disable_pooling=True)
    assert isinstance(unpooled.pool, NullPool)


def test_one_keepalive_turns_them_on(server: DatabaseUrl) -> None:
    engine = get_db_engine(
        database_uri=server.render(), keepalives_idle=30, keepalives_count=2, disable_pooling=True
    )
    with engine.connect() as connection:
        parameters = connection.connection.dbapi_connection.info.dsn_parameters  # type: ignore[union-attr]
    assert parameters["keepalives"] == "1"
    assert (parameters["keepalives_idle"], parameters["keepalives_count"]) == ("30", "2")
    assert "keepalives_interval" not in parameters


def test_error_does_not_show_the_parameters_of_a_statement(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError) as refusal:
        connection.execute(text("SELECT 1 / (length(:mail) - 6)"), {"mail": "a@b.eu"})
    assert "a@b.eu" not in str(refusal.value)


# What a failed commit leaves

DEFERRED = "CREATE TABLE shelf (n integer UNIQUE DEFERRABLE INITIALLY DEFERRED)"


def test_commit_that_fails_at_the_very_end_is_rolled_back_and_raised(db: ExtendedSession) -> None:
    db.execute(text(DEFERRED))
    db.execute(text("INSERT INTO shelf VALUES (1)"))
    db.commit()
    db.execute(text("INSERT INTO shelf VALUES (2), (1)"))
    with pytest.raises(IntegrityError):
        db.commit()
    assert db.is_active
    assert not db.in_transaction()
    assert db.scalar(text("SELECT array_agg(n) FROM shelf")) == [1]


def test_session_without_autocommit_can_be_rolled_back(factory: Factory) -> None:
    with factory() as db:
        db.execute(text("CREATE TABLE shelf (n integer)"))
        db.rollback()
        assert db.scalar(text("SELECT to_regclass('shelf')")) is None


def test_every_statement_commits_by_itself_with_autocommit(engine: Engine) -> None:
    with get_db_session(None, autocommit=True, engine=engine)() as db:
        db.execute(text("CREATE TABLE shelf (n integer)"))
        db.rollback()
    with engine.connect() as other:
        assert other.scalar(text("SELECT to_regclass('shelf')")) == "shelf"


def test_sessions_flush_by_themselves_only_when_asked(engine: Engine) -> None:
    assert get_db_session(None, engine=engine)().autoflush is False
    assert get_db_session(None, autoflush=True, engine=engine)().autoflush is True
