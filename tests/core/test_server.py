"""The pure part of the servers: URLs, and what a missing extension means."""

from __future__ import annotations

import pytest

from fidesdev.core.server import EmbeddedServer, missing_extension_hint

SERVER = EmbeddedServer("/d", "/d/socket", 22001, 7, "18.6", "fides", "p@ss/w")


def test_url_reaches_the_loopback_port_with_the_password() -> None:
    assert SERVER.url("fides").render() == "postgresql://fides:p%40ss%2Fw@127.0.0.1:22001/fides"


def test_repr_hides_the_password() -> None:
    assert "p@ss/w" not in repr(SERVER)


@pytest.mark.parametrize(
    "text",
    [
        (
            'ERROR:  extension "pgcrypto" is not available\nDETAIL:  Could not open'
            ' extension control file "/usr/share/postgresql/extension/pgcrypto.control":'
            " No such file or directory."
        ),
        (
            "(psycopg2.errors.UndefinedFile) could not open extension control file"
            ' "/usr/share/postgresql/12/extension/pgcrypto.control": No such file or directory'
        ),
    ],
)
def test_missing_extension_is_named_with_the_alternatives(text: str) -> None:
    hint = missing_extension_hint(text)
    assert hint is not None
    assert "'pgcrypto'" in hint
    for alternative in ("FIDESDEV_PG_BIN", 'engine = "server"', "docker compose up -d"):
        assert alternative in hint


def test_other_errors_have_no_such_hint() -> None:
    assert missing_extension_hint('type "citext" does not exist') is None
