"""What is allowed and probably not meant."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fidesdev.config import Flags
from fidesdev.config.files import read_toml
from fidesdev.config.suspicions import FIDES_DATABASE_KEYS, Case, suspicions
from fidesdev.core.configuration import ConfigFinding
from tests.config.conftest import NO_FLAGS, Load
from tests.config.test_loading import FIDES

KNOWN = {"localhost", "db.example"}


def found(
    load: Load, toml: str, environ: Mapping[str, str] = {}, flags: Flags = NO_FLAGS
) -> list[ConfigFinding]:
    settings = load(toml, environ, flags)
    documents = {str(file): read_toml(file) for file in settings.files}
    return list(suspicions(Case(settings, documents, environ, KNOWN.__contains__)))


@pytest.mark.parametrize(
    ("toml", "environ"),
    [
        ("", {}),
        ('[database]\nserver = "db.example"\n', {"FIDES__TEST_MODE": "true"}),
        ('[database]\nserver = "/run/postgresql"\n', {"FIDES__TEST_MODE": "False"}),
        ('[database]\nserver = "fides-db"\n[fidesdev]\nengine = "embedded"\n', {}),
        ("[shop]\nx = 1\n[database]\nmy_own_key = 1\n", {"FIDES__REDIS__HOST": "r"}),
        ("[fidesdev]\nuse_database_url = true\n", {"DATABASE_URL": "postgresql:///x"}),
    ],
)
def test_nothing_is_suspicious(load: Load, toml: str, environ: Mapping[str, str]) -> None:
    assert found(load, toml, environ) == []


@pytest.mark.parametrize(
    ("toml", "environ", "code", "key", "source"),
    [
        ("[fidesdv]\nx = 1", {}, "unknown_section", "fidesdv", "file"),
        ("[Database]\nx = 1", {}, "unknown_section", "Database", "file"),
        ("", {"FIDES__DATABSE__DB": "x"}, "unknown_section", "databse", "FIDES__DATABSE__DB"),
        ("[database]\npasword = 'x'", {}, "unknown_key", "database.pasword", "file"),
        ("", {"FIDES__DATABASE__PROT": "1"}, "unknown_key", "database.prot", None),
        ("[database]\nsync_database_uri = 'x'", {}, "ignored_uri", None, "file"),
        ("", {"FIDES__DATABASE__SYNC_DATABASE_URI": "x"}, "ignored_uri", None, None),
        ("[database]\nserver = 'fides-db'", {}, "compose_name", "database.server", "file"),
        ("[database]\nserver = 'x.invalid'", {}, "unknown_server", "database.server", "file"),
        ("[database]\nserver = 'localhost:5433'", {}, "unknown_server", None, "file"),
        ("[database]\ndb = 'fides_test'", {}, "same_test_db", "database.test_db", ""),
        ("", {"FIDES__TEST_MODE": "1"}, "test_mode", "test_mode", "FIDES__TEST_MODE"),
        ("[security]\napp_encryption_key = 'short'", {}, "encryption_key", None, "file"),
        ("", {"DATABASE_URL": "postgresql:///x"}, "database_url_unused", None, "DATABASE_URL"),
    ],
)
def test_suspicion_names_code_key_and_source(
    load: Load,
    toml: str,
    environ: Mapping[str, str],
    code: str,
    key: str | None,
    source: str | None,
) -> None:
    (finding,) = found(load, toml, environ)
    assert finding.code == code
    assert finding.severity in {"warning", "info"}
    assert finding.key == key or key is None
    wanted = str(load().project / ".fides.toml") if source == "file" else source
    assert finding.source == wanted or source is None
    assert finding.message
    assert finding.hint


def test_file_of_fides_has_a_compose_name_and_nothing_else(load: Load) -> None:
    (finding,) = found(load, FIDES)
    assert finding.code == "compose_name"
    assert "'localhost' is used instead" in finding.message


def test_server_does_not_matter_beside_a_typed_url(load: Load) -> None:
    flags = Flags(database_url="postgresql:///x")
    assert found(load, '[database]\nserver = "fides-db"\n', {}, flags) == []


def test_suspicions_show_no_secret(load: Load) -> None:
    toml = "[database]\npasword = 'hunter2'\n[security]\napp_encryption_key = 'hunter2'\n"
    environ = {"DATABASE_URL": "postgresql://u:hunter2@h/db"}
    assert "hunter2" not in repr(found(load, toml, environ))


def test_fides_has_43_keys_of_the_database() -> None:
    assert len(FIDES_DATABASE_KEYS) == 43
    assert {"migration_role", "async_readonly_database_prewarm"} <= FIDES_DATABASE_KEYS
