"""Databases with Fides' tables: the present schema and one as Fides had it years ago."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
from alembic import command
from alembic.config import Config
from psycopg2 import sql

from fidesdev.core.url import DatabaseUrl
from tests.requests_tables import run

INI = Path(__file__).parents[1] / "alembic.ini"
ELSEWHERE = """
CREATE TABLE identity_salt (
    id varchar(255) PRIMARY KEY,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    encrypted_value varchar,
    single_row boolean NOT NULL UNIQUE CHECK (single_row)
);
CREATE TABLE custom_privacy_request_field (
    id varchar(255) PRIMARY KEY,
    privacy_request_id varchar REFERENCES privacyrequest,
    field_name varchar NOT NULL,
    field_label varchar NOT NULL,
    encrypted_value varchar
);
"""
"""Tables of Fides that our own history does not make."""
OLDER = """
CREATE TYPE privacyrequeststatus AS ENUM
    ('in_processing', 'pending', 'complete', 'error', 'paused', 'approved', 'denied');
CREATE TYPE actiontype AS ENUM ('access', 'erasure');
CREATE TABLE policy (id varchar PRIMARY KEY, name varchar NOT NULL, key varchar UNIQUE NOT NULL);
CREATE TABLE rule (
    id varchar PRIMARY KEY,
    name varchar NOT NULL,
    key varchar UNIQUE NOT NULL,
    policy_id varchar NOT NULL REFERENCES policy,
    action_type actiontype NOT NULL
);
CREATE TABLE privacyrequest (
    id varchar PRIMARY KEY,
    created_at timestamptz DEFAULT now(),
    external_id varchar,
    requested_at timestamptz,
    status privacyrequeststatus NOT NULL,
    policy_id varchar REFERENCES policy
);
CREATE TABLE providedidentity (
    id varchar PRIMARY KEY,
    privacy_request_id varchar REFERENCES privacyrequest,
    field_name varchar NOT NULL,
    hashed_value varchar,
    encrypted_value varchar
);
"""
"""The tables of 2021, when requests had no due date, no source and no way to be deleted."""


@pytest.fixture(scope="session", name="present_template")
def present_template_fixture(server: DatabaseUrl) -> Iterator[DatabaseUrl]:
    """A database at the head of our history, and with the tables of Fides beside it."""
    url = server.with_database(f"fidesdev_requests_{uuid.uuid4().hex[:12]}")
    with _created(server, url):
        config = Config(INI)
        config.set_main_option("sqlalchemy.url", url.render())
        command.upgrade(config, "head")
        run(url, ELSEWHERE)
        yield url


@pytest.fixture(name="present")
def present_fixture(server: DatabaseUrl, present_template: DatabaseUrl) -> Iterator[DatabaseUrl]:
    """An empty database with the present schema."""
    url = server.with_database(f"fidesdev_requests_{uuid.uuid4().hex[:12]}")
    with _created(server, url, template=present_template.database):
        yield url


@pytest.fixture(name="older")
def older_fixture(database: DatabaseUrl) -> DatabaseUrl:
    """An empty database with the older schema."""
    run(database, OLDER)
    return database


@contextmanager
def _created(server: DatabaseUrl, url: DatabaseUrl, template: str = "template1") -> Iterator[None]:
    name, source = sql.Identifier(url.database), sql.Identifier(template)
    with closing(psycopg2.connect(server.render())) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, source))
        yield
        cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
