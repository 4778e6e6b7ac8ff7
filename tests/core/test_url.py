"""Database URLs: whatever is typed comes back, and the password is never shown."""

from __future__ import annotations

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from fidesdev.core.url import MASK, DatabaseUrl, parse_url
from fidesdev.errors import InvalidUrl

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
HOSTS = st.sampled_from(
    ["", "localhost", "db-1.example.org", "10.0.0.7", "::1", "/var/run/postgresql"]
)
URLS = st.builds(
    DatabaseUrl,
    backend=st.just("postgresql"),
    database=TEXT,
    host=HOSTS,
    port=st.none() | st.integers(1, 65535),
    user=TEXT.filter(bool),
    password=TEXT,
    params=st.sampled_from([(), (("sslmode", "require"),), (("options", "-c search_path=a,b"),)]),
    driver=st.sampled_from(["", "psycopg2", "asyncpg"]),
)


@given(URLS)
def test_parse_of_rendered_is_identity(url: DatabaseUrl) -> None:
    assert parse_url(url.render()) == url


@given(URLS.filter(lambda url: url.host != ""))
def test_sqlalchemy_reads_the_same_parts(url: DatabaseUrl) -> None:
    read = make_url(url.render())
    assert (read.username, read.password or "") == (url.user, url.password)
    assert (read.database or "") == url.database
    assert (read.query.get("host") if url.is_socket else read.host) == url.host


@pytest.mark.parametrize("password", ["p@ss:w/o rd%+#?", "pässwörd ☃", "'\"\\", "a b", "%2F"])
def test_password_is_kept_and_hidden(password: str) -> None:
    url = DatabaseUrl("postgresql", "fides", "localhost", 5432, "postgres", password)
    assert parse_url(url.render()).password == password
    assert password not in str(url)
    assert password not in repr(url)
    assert ":***@" in str(url)


def test_passwords_among_the_parameters_are_hidden() -> None:
    url = parse_url("postgresql://u@h/d?sslpassword=secret&sslmode=require")
    assert str(url) == "postgresql://u@h/d?sslpassword=***&sslmode=require"
    assert "secret" not in repr(url)
    assert "secret" in url.render()


def test_postgres_scheme_means_postgresql() -> None:
    assert parse_url("postgres://u@h/d").render() == "postgresql://u@h/d"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("postgresql://u@db/x", "db:5432"),
        ("postgresql://u@[::1]:6000/x", "[::1]:6000"),
        ("postgresql:///x?host=/run/pg&port=6001", "/run/pg/.s.PGSQL.6001"),
        ("postgresql://u@db?sslmode=require", "db:5432"),
        ("sqlite:///a/b.db", "a/b.db"),
        ("sqlite:////abs/b.db", "/abs/b.db"),
        ("sqlite://", ":memory:"),
    ],
)
def test_address_is_what_a_person_would_say(text: str, address: str) -> None:
    assert parse_url(text).address == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fides",
        "mysql://u:secret@h/d",
        "postgresql://u:secret@h:port/d",
        "sqlite://file.db",
        "http://u:secret@h/",
    ],
)
def test_what_is_no_url_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(InvalidUrl) as caught:
        parse_url(text)
    assert "secret" not in str(caught.value)
    assert caught.value.exit_code == 2


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
@example("%")
def test_a_password_is_hidden_however_it_is_quoted(password: str) -> None:
    url = DatabaseUrl("postgresql", "shop", "db", user="me", password=password)
    quoted = quote(password, safe="")
    for form in (password, quoted, quoted.lower(), quoted.replace("%", "%%"), quote_plus(password)):
        assert url.hidden_in(f"x://me:{form}@db/") == f"x://me:{MASK}@db/"
        assert url.hidden_in(f"password='{form}'") == f"password='{MASK}'"


def test_only_where_a_password_is_told_is_it_hidden() -> None:
    url = DatabaseUrl("postgresql", "shop", "db", user="me", password="5432")
    text = "role 5432 at db:5432, :54321@ and password=54321"
    assert url.hidden_in(text) == text
    query = parse_url("postgresql://me@db/shop?password=a%20b")
    assert query.hidden_in("?password=a+b&x") == f"?password={MASK}&x"
    assert url.with_database("x").hidden_in("passwd: 5432") == f"passwd: {MASK}"
