"""The settings that are written down."""

from __future__ import annotations

import tomli

from fidesdev.core.initialising import Found, Value, masked, toml_text

SETTINGS: dict[str, Value] = {
    "fidesdev.alembic_config": 'a "quoted" \\ path',
    "fidesdev.use_database_url": True,
    "fidesdev.runner_env": {"DATABASE_URL": "{url}", "DB-URL": "{url}"},
    "fidesdev.docker.files": ("one.yml", "two.yml"),
    "database.db": "shop",
    "database.password": "s3cret",
}


def test_settings_come_back_from_the_text() -> None:
    assert tomli.loads(toml_text(SETTINGS)) == {
        "fidesdev": {
            "alembic_config": 'a "quoted" \\ path',
            "use_database_url": True,
            "runner_env": {"DATABASE_URL": "{url}", "DB-URL": "{url}"},
            "docker": {"files": ["one.yml", "two.yml"]},
        },
        "database": {"db": "shop", "password": "s3cret"},
    }


def test_password_is_not_shown() -> None:
    shown = masked(Found("database", "x", "y", settings=SETTINGS)).settings
    assert (shown["database.password"], shown["database.db"]) == ("***", "shop")


def test_nothing_to_say_is_no_text() -> None:
    assert toml_text({}) == ""
