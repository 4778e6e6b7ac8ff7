"""The settings that are written down."""

from __future__ import annotations

import tomli

from fidesdev.core.initialising import Value, toml_text

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
    assert "s3cret" not in toml_text(SETTINGS, masked=True)
    assert 'password = "***"' in toml_text(SETTINGS, masked=True)


def test_nothing_to_say_is_no_text() -> None:
    assert toml_text({}) == ""
