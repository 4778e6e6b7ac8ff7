"""What a configuration without errors may still get wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from fidesdev.config.choosing import URL_VARIABLE, is_service_name
from fidesdev.config.keys import DEFAULTS
from fidesdev.config.loading import PREFIX, variables
from fidesdev.config.settings import Settings
from fidesdev.core.configuration import ConfigFinding

_KEY_LENGTH = 32
_SPELLING = 0.75
_FIDES_SECTIONS = {
    *("admin_ui", "celery", "cli", "consent", "credentials", "database", "execution"),
    *("logging", "notifications", "privacy_center", "privacy_request_duplicate_detection"),
    *("redis", "security", "user"),
}
_POOLS = {
    "api_engine": "keepalives_count keepalives_idle keepalives_interval max_overflow "
    "pool_pre_ping pool_size",
    "task_engine": "keepalives_count keepalives_idle keepalives_interval max_overflow "
    "pool_pre_ping pool_size",
    "api_async_engine": "max_overflow pool_pre_ping pool_size",
    "async_readonly_database": "autocommit max_overflow pool_size pool_skip_rollback pre_ping "
    "prewarm",
    "readonly": "db params password port server user",
}
_URIS = {
    *("async_database_uri", "async_readonly_database_uri", "sqlalchemy_database_uri"),
    *("sqlalchemy_readonly_database_uri", "sqlalchemy_test_database_uri", "sync_database_uri"),
}
FIDES_DATABASE_KEYS = frozenset(
    [
        *DEFAULTS["database"],
        *("automigrate", "load_samples", "migration_role"),
        *(f"{pool}_{name}" for pool, names in _POOLS.items() for name in names.split()),
        *_URIS,
    ]
)
"""The keys of `[database]` in Fides' `DatabaseSettings`."""


class Case(NamedTuple):
    """What the suspicions look at."""

    settings: Settings
    documents: Mapping[str, Mapping[str, Any]]
    """The tables of the files that were read, by path."""
    environ: Mapping[str, str]
    resolves: Callable[[str], bool]

    def places(self, section: str) -> Iterator[tuple[str, str]]:
        """(key, file or variable) of everything that is said in a section."""
        for path, document in self.documents.items():
            yield from ((name, path) for name in document.get(section, {}))
        for variable, named, key in variables(self.environ):
            if named == section:
                yield key, variable


def suspicions(case: Case) -> tuple[ConfigFinding, ...]:
    """Everything allowed but probably not meant, in a fixed order."""
    checks = (
        _misspelt_sections,
        _misspelt_keys,
        _ignored_uris,
        _server,
        _test_database,
        _test_mode,
        _key_length,
        _unused_url,
    )
    return tuple(finding for check in checks for finding in check(case))


def _misspelt_sections(case: Case) -> Iterator[ConfigFinding]:
    said = [(name, path) for path, document in case.documents.items() for name in document]
    said += [(section, variable) for variable, section, _key in variables(case.environ)]
    for name, source in said:
        nearest = get_close_matches(name.lower(), DEFAULTS, n=1, cutoff=_SPELLING)
        if name not in _FIDES_SECTIONS | DEFAULTS.keys() and nearest:
            yield ConfigFinding(
                "unknown_section",
                "warning",
                f"section {name!r} is read by nobody",
                f"Did you mean {nearest[0]!r}? Change it, then run 'fidesdev config check'.",
                name,
                source,
            )


def _misspelt_keys(case: Case) -> Iterator[ConfigFinding]:
    for key, source in case.places("database"):
        nearest = get_close_matches(key, FIDES_DATABASE_KEYS, n=1, cutoff=_SPELLING)
        if key not in FIDES_DATABASE_KEYS and nearest:
            yield ConfigFinding(
                "unknown_key",
                "warning",
                f"neither Fides nor fidesdev reads database.{key}",
                f"Did you mean {nearest[0]!r}? Change it, then run 'fidesdev config check'.",
                f"database.{key}",
                source,
            )


def _ignored_uris(case: Case) -> Iterator[ConfigFinding]:
    for key, source in case.places("database"):
        if key in _URIS:
            yield ConfigFinding(
                "ignored_uri",
                "warning",
                f"Fides follows database.{key}, fidesdev does not",
                "Say server, port, user, password and db instead, so that both agree.",
                f"database.{key}",
                source,
            )


def _server(case: Case) -> Iterator[ConfigFinding]:
    host, tool = case.settings.database.server, case.settings.tool
    source = case.settings.sources["database.server"]
    is_used = tool.engine == "server" and case.settings.database_url is None
    if not is_used or source.kind == "default" or host.startswith(("/", "@")) or not host:
        return
    if case.resolves(host):
        return
    if is_service_name(host):
        yield ConfigFinding(
            "compose_name",
            "info",
            f"server {host!r} is unknown to this machine, probably a compose service; "
            f"{tool.host_server!r} is used instead",
            "Say another name with 'host_server' in [fidesdev], if that one is wrong.",
            "database.server",
            source.name,
        )
    else:
        yield ConfigFinding(
            "unknown_server",
            "warning",
            f"server {host!r} is unknown to this machine",
            "Correct it; a port belongs in 'port'. Then run 'fidesdev db wait'.",
            "database.server",
            source.name,
        )


def _test_database(case: Case) -> Iterator[ConfigFinding]:
    database = case.settings.database
    if database.test_db == database.db:
        yield ConfigFinding(
            "same_test_db",
            "warning",
            f"tests would run on the database itself: db and test_db are both {database.db!r}",
            "Give 'test_db' a name of its own.",
            "database.test_db",
            case.settings.sources["database.test_db"].name,
        )


def _test_mode(case: Case) -> Iterator[ConfigFinding]:
    for variable, value in case.environ.items():
        if variable.upper() == f"{PREFIX}TEST_MODE" and value.lower() not in {"true", "false", ""}:
            yield ConfigFinding(
                "test_mode",
                "warning",
                f"{variable}={value} does not switch test mode on: 'true' alone does, as in Fides",
                f"Say '{variable}=true', or unset it.",
                "test_mode",
                variable,
            )


def _key_length(case: Case) -> Iterator[ConfigFinding]:
    key = case.settings.app_encryption_key
    if key is not None and len(key.encode()) != _KEY_LENGTH:
        yield ConfigFinding(
            "encryption_key",
            "warning",
            f"app_encryption_key has {len(key.encode())} bytes; Fides wants exactly {_KEY_LENGTH}",
            "Take the key that the data was encrypted with.",
            "security.app_encryption_key",
            case.settings.sources["security.app_encryption_key"].name,
        )


def _unused_url(case: Case) -> Iterator[ConfigFinding]:
    if case.environ.get(URL_VARIABLE) and not case.settings.tool.use_database_url:
        yield ConfigFinding(
            "database_url_unused",
            "info",
            f"{URL_VARIABLE} is set and not read",
            "To read it, say 'use_database_url = true' in [fidesdev].",
            "fidesdev.use_database_url",
            URL_VARIABLE,
        )
