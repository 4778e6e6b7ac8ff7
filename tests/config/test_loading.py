"""What files, variables and flags say, and which of them wins."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fidesdev.config import Flags, Source, load_settings
from fidesdev.config.keys import DEFAULTS
from fidesdev.config.loading import user_cache
from fidesdev.core.url import parse_url
from fidesdev.errors import InvalidUrl, UsageError
from tests.config.conftest import Load

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
OWN_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
"""The fixtures hold a folder, and every example writes the file anew."""

FIDES = """
[admin_ui]
enabled = true
[celery]
task_always_eager = true
event_queue_prefix = "worker"
[cli]
server_host = "localhost"
server_port = 8080
[consent]
tcf_enabled = false
[credentials]
shop = {connection_string = "postgresql+psycopg2://u:p@shop-db:5432/shop"}
[database]
server = "fides-db"
user = "postgres"
password = "fides"
port = "5432"
db = "fides"
test_db = "fides_test"
automigrate = true
api_engine_pool_size = 50
[execution]
task_retry_count = 0
[logging]
level = "INFO"
[notifications]
notification_service_type = "mailgun"
[privacy_center]
url = "http://localhost:3001"
[privacy_request_duplicate_detection]
match_fields = ["email"]
[redis]
host = "redis"
port = 6379
[security]
cors_origins = ["http://localhost:3000"]
app_encryption_key = "0123456789abcdef0123456789abcdef"
env = "prod"
[user]
analytics_opt_out = false
"""
"""A file with the 14 sections that Fides reads."""


def test_without_a_word_the_defaults_hold(load: Load, project: Path) -> None:
    found = load()
    assert found.project == project
    assert (found.database.server, found.database.port) == ("localhost", 5432)
    assert (found.database.user, found.database.password) == ("postgres", "fides")
    assert (found.database.db, found.database.test_db) == ("fides", "fides_test")
    assert (found.tool.engine, found.tool.runner, found.tool.journal) == ("server", "auto", "auto")
    assert (found.tool.alembic_config, found.tool.upstream) == (None, None)
    assert (found.tool.protected, found.tool.allow) == ((), ())
    assert (found.app_encryption_key, found.test_mode, found.database_url) == (None, False, None)
    assert {source.kind for source in found.sources.values()} == {"default"}


def test_every_key_has_a_source(load: Load) -> None:
    keys = {f"{section}.{name}" for section, names in DEFAULTS.items() for name in names}
    assert load().sources.keys() == keys | {"test_mode"}


def test_file_of_fides_is_read_without_complaint(load: Load, project: Path) -> None:
    found = load(FIDES)
    assert found.database.server == "fides-db"
    assert found.database.port == 5432
    assert found.app_encryption_key == "0123456789abcdef0123456789abcdef"
    assert found.sources["database.db"] == Source("file", str(project / ".fides.toml"))


def test_file_with_only_our_section_is_complete(load: Load) -> None:
    found = load(
        '[fidesdev]\nengine = "embedded"\nprotected = ["prod*"]\nallow = ["ci"]\n'
        'runner = "compose:fides"\nuse_database_url = true\nupstream = "origin/dev"\n'
        'alembic_config = "db/alembic.ini"\nversion_table = "versions"\n'
        'runner_env = {HOST = "{host}", RETRIES = 3}\n'
    )
    tool = found.tool
    assert (tool.engine, tool.runner, tool.upstream) == ("embedded", "compose:fides", "origin/dev")
    assert (tool.protected, tool.allow) == (("prod*",), ("ci",))
    assert (tool.alembic_config, tool.version_table) == ("db/alembic.ini", "versions")
    assert tool.use_database_url is True
    assert dict(tool.runner_env) == {"HOST": "{host}", "RETRIES": "3"}


def test_settings_cannot_be_changed(load: Load) -> None:
    found = load("[database]\nparams = {sslmode = 'require'}\n")
    with pytest.raises(TypeError):
        found.database.params["sslmode"] = "disable"  # type: ignore[index]
    with pytest.raises(AttributeError):
        found.database.port = 1  # type: ignore[misc]


def test_ours_wins_over_theirs_key_by_key(load: Load, project: Path) -> None:
    (project / ".fides").mkdir()
    (project / ".fides" / "fides.toml").write_text(FIDES)
    found = load('[database]\nserver = "localhost"\n')
    assert (found.database.server, found.database.db) == ("localhost", "fides")
    assert found.sources["database.server"].name == str(project / ".fides.toml")
    assert found.sources["database.db"].name == str(project / ".fides" / "fides.toml")


def test_tables_of_both_files_are_joined(load: Load, project: Path) -> None:
    (project / ".fides").mkdir()
    theirs = project / ".fides" / "fides.toml"
    theirs.write_text('[database.params]\nsslmode = "require"\nconnect_timeout = 5\n')
    found = load('[database.params]\nsslmode = "disable"\n')
    assert dict(found.database.params) == {"sslmode": "disable", "connect_timeout": "5"}
    assert found.sources["database.params"].name == f"{project / '.fides.toml'}, {theirs}"


@pytest.mark.parametrize("port", ["6000", '"6000"', '" 6000 "'])
def test_port_is_a_number_or_a_string(load: Load, port: str) -> None:
    assert load(f"[database]\nport = {port}\n").database.port == 6000


@pytest.mark.parametrize(
    ("written", "server"), [("[::1]", "::1"), ("::1", "::1"), ("/run/pg", "/run/pg"), ("", "")]
)
def test_server_is_a_host_an_address_or_a_socket(load: Load, written: str, server: str) -> None:
    assert load(f'[database]\nserver = "{written}"\n').database.server == server


@OWN_FOLDER
@given(password=TEXT)
def test_any_password_survives_file_and_variable(load: Load, password: str) -> None:
    # a JSON string is a TOML string, except for DEL, which TOML wants escaped
    quoted = json.dumps(password, ensure_ascii=False).replace("\x7f", "\\u007f")
    assert load(f"[database]\npassword = {quoted}\n").database.password == password
    variable = {"FIDES__DATABASE__PASSWORD": password}
    assert load("", variable).database.password == password


@pytest.mark.parametrize("spelling", ["FIDES__DATABASE__PORT", "fides__database__port"])
def test_variable_wins_over_the_file_in_any_case(load: Load, spelling: str) -> None:
    found = load("[database]\nport = 5433\n", {spelling: "5434"})
    assert found.database.port == 5434
    assert found.sources["database.port"] == Source("environment", spelling)


def test_variable_in_capitals_wins_over_other_spellings(load: Load) -> None:
    variables = {"FIDES__DATABASE__DB": "upper", "fides__database__db": "lower"}
    backwards = dict(reversed(variables.items()))
    assert load("", variables).database.db == load("", backwards).database.db == "upper"


@pytest.mark.parametrize("key", ["server", "user", "password", "db", "test_db"])
def test_empty_variable_counts(load: Load, key: str) -> None:
    found = load(f'[database]\n{key} = "x"\n', {f"FIDES__DATABASE__{key.upper()}": ""})
    assert getattr(found.database, key) == ""


def test_variables_hold_json_for_tables_and_lists(load: Load) -> None:
    found = load(
        "[database]\nparams = {sslmode = 'require'}\n",
        {
            "FIDES__DATABASE__PARAMS": '{"connect_timeout": 3}',
            "FIDES__FIDESDEV__PROTECTED": '["prod", "live_*"]',
            "FIDES__FIDESDEV__RUNNER_ENV": '{"A": "{url}"}',
        },
    )
    assert dict(found.database.params) == {"connect_timeout": "3"}
    assert found.tool.protected == ("prod", "live_*")
    assert dict(found.tool.runner_env) == {"A": "{url}"}


@pytest.mark.parametrize(
    ("text", "flag"),
    [("true", True), ("True", True), ("1", True), ("on", True), ("no", False), ("0", False)],
)
def test_variable_switches_a_flag(load: Load, text: str, flag: bool) -> None:
    variables = {"FIDES__FIDESDEV__USE_DATABASE_URL": text}
    assert load("", variables).tool.use_database_url is flag


def test_variables_of_other_sections_are_left_alone(load: Load) -> None:
    variables = {"FIDES__CELERY__ANY": "1", "FIDES__DATABASE__AUTOMIGRATE": "x", "FIDES__X": "y"}
    assert load("", variables) == load("")


PLACES = st.sets(st.sampled_from(["default", "theirs", "ours", "environment"]))


@OWN_FOLDER
@given(said=PLACES)
def test_the_strongest_place_that_says_a_key_wins(
    load: Load, project: Path, said: set[str]
) -> None:
    theirs = project / ".fides" / "fides.toml"
    theirs.parent.mkdir(exist_ok=True)
    theirs.write_text('[database]\ndb = "theirs"\n' if "theirs" in said else "")
    variables = {"FIDES__DATABASE__DB": "environment"} if "environment" in said else {}
    found = load('[database]\ndb = "ours"\n' if "ours" in said else "", variables)
    order = [place for place in ("environment", "ours", "theirs") if place in said]
    assert found.database.db == (order[0] if order else "fides")


def test_test_mode_is_a_flag_or_the_word_true(load: Load) -> None:
    assert load("", {}, Flags(test_db=True)).sources["test_mode"] == Source("flag", "--test-db")
    assert load("", {"FIDES__TEST_MODE": "True"}).test_mode is True
    assert load("", {"fides__test_mode": "true"}).test_mode is True
    assert load("", {"FIDES__TEST_MODE": "1"}).test_mode is False
    assert load("", {"FIDES__TEST_MODE": ""}).test_mode is False


def test_database_url_is_parsed_at_the_door(load: Load) -> None:
    url = "postgres://u:p@db.example:6000/shop"
    found = load("", {}, Flags(database_url=url))
    assert found.database_url == parse_url(url)
    assert found.sources["database_url"] == Source("flag", "--database-url")
    with pytest.raises(InvalidUrl):
        load("", {}, Flags(database_url="shop"))


def test_database_url_and_test_db_contradict_each_other(load: Load) -> None:
    with pytest.raises(UsageError, match="--test-db has no say"):
        load("", {}, Flags(database_url="postgresql:///shop", test_db=True))


def test_passwords_are_not_in_the_text_of_settings(load: Load) -> None:
    found = load(
        '[database]\npassword = "hunter2"\nparams = {sslpassword = "hunter2"}\n'
        '[security]\napp_encryption_key = "hunter2"\n[fidesdev]\nrunner_env = {A = "hunter2"}\n'
    )
    assert "hunter2" not in repr(found)
    assert "hunter2" not in repr(Flags(database_url="postgresql://u:hunter2@h/db"))


def test_data_dir_is_in_the_project(load: Load, project: Path) -> None:
    assert load().tool.data_dir == project / ".fidesdev"
    assert load('[fidesdev]\ndata_dir = "build/fd"\n').tool.data_dir == project / "build" / "fd"
    assert not (project / ".fidesdev").exists()


def test_data_dir_may_be_absolute_or_at_home(load: Load, home: Path) -> None:
    assert load('[fidesdev]\ndata_dir = "/var/fd"\n').tool.data_dir == Path("/var/fd")
    assert load('[fidesdev]\ndata_dir = "~/fd"\n').tool.data_dir == home / "fd"


def test_data_dir_without_a_project_is_in_the_users_cache(tmp_path: Path) -> None:
    start = tmp_path.resolve() / "nowhere"
    start.mkdir()
    environ = {"HOME": str(tmp_path), "XDG_CACHE_HOME": "/var/cache/me"}
    data_dir = load_settings(Flags(), environ, start).tool.data_dir
    assert data_dir.parent == Path("/var/cache/me/fidesdev")
    (start / "sub").mkdir()
    assert load_settings(Flags(), environ, start / "sub").tool.data_dir != data_dir
    assert load_settings(Flags(), environ, start).tool.data_dir == data_dir


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is a read-only tree on Linux alone")
def test_data_dir_of_a_read_only_checkout_is_in_the_users_cache(home: Path) -> None:
    environ = {"HOME": str(home), "XDG_CACHE_HOME": "/c", "FIDES__FIDESDEV__DATA_DIR": "fd"}
    assert load_settings(Flags(), environ, home).tool.data_dir == home / "fd"
    read_only = load_settings(Flags(), environ, Path("/proc/sys/kernel"))
    assert read_only.tool.data_dir.parent == Path("/c/fidesdev")


@pytest.mark.parametrize(
    ("environ", "platform", "folder"),
    [
        ({"XDG_CACHE_HOME": "/x"}, "linux", "/x"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "linux", "/h/.cache"),
        ({"HOME": "/h"}, "linux", "/h/.cache"),
        ({"HOME": "/h"}, "darwin", "/h/Library/Caches"),
    ],
)
def test_user_cache_is_the_platforms(environ: dict[str, str], platform: str, folder: str) -> None:
    assert user_cache(environ, platform=platform) == Path(folder)
