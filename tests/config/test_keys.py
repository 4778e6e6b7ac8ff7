"""Values that their keys cannot mean, and keys that do not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.errors import UnknownKey, WrongType
from tests.config.conftest import Load


@pytest.mark.parametrize(
    ("toml", "key", "found", "wanted"),
    [
        ("database = 5", "database", "the number 5", "a table"),
        ("[[fidesdev]]", "fidesdev", "a list", "a table"),
        ("[database]\nport = true", "database.port", "the boolean true", "a port number"),
        ("[database]\nport = 0", "database.port", "the number 0", "from 1 to 65535"),
        ("[database]\nport = 5432.0", "database.port", "the number 5432.0", "a port number"),
        ('[database]\nport = "54a"', "database.port", "the string '54a'", "a port number"),
        ("[database]\nserver = 5", "database.server", "the number 5", "a string"),
        ("[database]\ndb = ['a']", "database.db", "a list", "a string"),
        ("[database]\nuser = {}", "database.user", "a table", "a string"),
        ("[database]\ndb = 2024-01-01", "database.db", "the date or time 2024", "a string"),
        ("[database]\nparams = 'a'", "database.params", "the string 'a'", "a table of strings"),
        ("[database]\nparams.a = []", "database.params.a", "a list", "a string"),
        ("[fidesdev]\nengine = 'x'", "fidesdev.engine", "'x'", "'server' or 'embedded'"),
        ("[fidesdev]\nrunner = 'python:'", "fidesdev.runner", "'python:'", "'compose:NAME'"),
        ("[fidesdev]\njournal = 'on'", "fidesdev.journal", "'on'", "'file' or 'off'"),
        ("[fidesdev]\nuse_database_url = 'true'", "fidesdev.use_database_url", "'true'", "true or"),
        ("[fidesdev]\nallow = 'ci'", "fidesdev.allow", "'ci'", "a list of strings"),
        ("[fidesdev]\nallow = [1]", "fidesdev.allow", "a list", "a list of strings"),
        ("[fidesdev]\ndata_dir = ''", "fidesdev.data_dir", "''", "a folder"),
    ],
)
def test_wrong_type_names_key_value_wish_and_file(
    load: Load, project: Path, toml: str, key: str, found: str, wanted: str
) -> None:
    with pytest.raises(WrongType) as caught:
        load(toml)
    facts = caught.value.facts
    assert (caught.value.code, caught.value.exit_code) == ("wrong_type", 2)
    assert (facts["key"], facts["source"]) == (key, str(project / ".fides.toml"))
    assert found in facts["found"]
    assert wanted in facts["wanted"]
    assert str(caught.value).startswith(f"{key} in {project / '.fides.toml'}: found ")


@pytest.mark.parametrize(
    ("variable", "value", "wanted"),
    [
        ("FIDES__DATABASE__PORT", "", "a port number from 1 to 65535"),
        ("FIDES__DATABASE__PORT", "\u0665", "a port number from 1 to 65535"),
        ("FIDES__DATABASE__PARAMS", "sslmode=require", "JSON"),
        ("FIDES__FIDESDEV__ALLOW", '"ci"', "a list of strings"),
        ("FIDES__FIDESDEV__USE_DATABASE_URL", "maybe", "true or false"),
        ("FIDES__DATABASE__DB", "m\udcfcller", "UTF-8 text"),
    ],
)
def test_wrong_type_names_the_variable(load: Load, variable: str, value: str, wanted: str) -> None:
    with pytest.raises(WrongType) as caught:
        load("", {variable: value})
    assert caught.value.facts["source"] == variable
    assert caught.value.facts["wanted"].startswith(wanted)


@pytest.mark.parametrize(
    "toml",
    [
        "[database]\npassword = 424242",
        "[database]\npassword = 4242.42",
        "[database]\npassword = ['424242']",
        "[database]\nparams = {password = 4242.42}",
        "[security]\napp_encryption_key = 424242",
        "[fidesdev]\nrunner_env = {PGPASSWORD = 4242.42}",
        "[fidesdev]\nengine = 'postgresql://u:4242@host/db'",
    ],
)
def test_wrong_type_never_shows_a_secret(load: Load, toml: str) -> None:
    with pytest.raises(WrongType) as caught:
        load(toml)
    assert "4242" not in f"{caught.value} {caught.value.facts} {caught.value.hint}"


def test_unknown_key_of_ours_names_the_nearest(load: Load, project: Path) -> None:
    with pytest.raises(UnknownKey) as caught:
        load('[fidesdev]\nengin = "embedded"\n')
    error = caught.value
    assert str(error) == f"unknown key fidesdev.engin in {project / '.fides.toml'}"
    assert (error.code, error.exit_code, error.facts["nearest"]) == ("unknown_key", 2, "engine")
    assert error.hint is not None
    assert "Did you mean 'engine'?" in error.hint


def test_unknown_key_like_no_other_lists_the_keys(load: Load) -> None:
    with pytest.raises(UnknownKey) as caught:
        load("[fidesdev]\nzzz = 1\n")
    assert caught.value.facts["nearest"] is None
    assert "engine, host_server" in str(caught.value.hint)


@pytest.mark.parametrize("variable", ["FIDES__FIDESDEV__ENGIN", "FIDES__FIDESDEV__ENGINE__X"])
def test_unknown_variable_of_ours_is_an_error(load: Load, variable: str) -> None:
    with pytest.raises(UnknownKey, match=f"in {variable}$") as caught:
        load("", {variable: "embedded"})
    assert caught.value.facts["nearest"] == "engine"


def test_unknown_keys_elsewhere_are_left_alone(load: Load) -> None:
    assert load("[database]\nfrobnicate = 1\n[shop]\nx = 1\n").database == load("").database
