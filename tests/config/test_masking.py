"""What may be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.config.masking import is_secret, masked, masked_line

SECRET = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1).map(
    lambda text: f"Geheim{text}"
)


@pytest.mark.parametrize(
    "key",
    [
        "database.password",
        "database.readonly_password",
        "database.params.sslpassword",
        "security.app_encryption_key",
        "fidesdev.runner_env.PGPASSWORD",
        "fidesdev.runner_env.FIDES__SECURITY__DRP_JWT_SECRET",
        "API_TOKEN",
    ],
)
def test_keys_of_secrets_are_known(key: str) -> None:
    assert is_secret(key)


@pytest.mark.parametrize(
    "key", ["database.user", "database.params.sslkey", "fidesdev.data_dir", "password.file"]
)
def test_other_keys_are_shown(key: str) -> None:
    assert not is_secret(key)


@given(secret=SECRET)
def test_no_secret_is_shown(secret: str) -> None:
    assert masked("database.password", secret) == "***"
    assert "Geheim" not in masked("x", f"postgresql://u:{secret}@host/db?sslmode=require")
    assert "Geheim" not in masked_line(f'password = "{secret}', "")
    assert "Geheim" not in masked_line(secret, 'password = """\n')


def test_the_rest_is_shown() -> None:
    url = "postgresql://u:hunter2@host:5432/db?sslpassword=hunter2&sslmode=require"
    assert masked("x", url) == "postgresql://u:***@host:5432/db?sslpassword=***&sslmode=require"
    assert masked("x", "/home/me/secret-project/.fidesdev") == "/home/me/secret-project/.fidesdev"
    assert masked("PGPASSWORD", "{password}") == "{password}"
    assert masked("PGPASSWORD", "{password}1") == "***"
    assert masked("database.password", "") == ""
    assert masked_line("port = = 5432", "") == "port = = 5432"
