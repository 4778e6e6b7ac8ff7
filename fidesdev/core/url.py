"""A database URL as a value: parsed once, shown without its password.

The form is SQLAlchemy's, `dialect+driver://user:password@host:port/name?key=value` (RFC 1738),
read here without importing SQLAlchemy, which costs 0.3 s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from fidesdev.errors import InvalidUrl

MASK = "***"
_ASSIGNED = r"passw\w*['\"]?\s*[=:]\s*['\"]?"
_DIALECTS = {"postgres": "postgresql", "postgresql": "postgresql", "sqlite": "sqlite"}
_LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """Where a database is; every part is plain text, quoted only when rendered."""

    backend: str
    """`postgresql` or `sqlite`."""
    database: str
    """The database's name; for SQLite its path, or `:memory:`."""
    host: str = ""
    """A host name, an address without brackets, or a socket directory; empty: libpq's default."""
    port: int | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    params: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """libpq parameters such as `sslmode`, in the order given."""
    driver: str = ""
    """What follows `+` in the scheme; empty means the usual driver."""

    def render(self, *, driver: str | None = None) -> str:
        """The whole URL, password included, as SQLAlchemy reads it."""
        password = quote(self.password, safe="")
        return self._text(password, self.driver if driver is None else driver, self.params)

    def __str__(self) -> str:
        """The URL with every password hidden."""
        shown = tuple((key, MASK if "passw" in key else value) for key, value in self.params)
        return self._text(MASK if self.password else "", self.driver, shown)

    @property
    def address(self) -> str:
        """Where the server listens, as a person would say it: `host:port`, or the socket's path."""
        if self.backend == "sqlite":
            return self.database
        if self.is_socket:
            return f"{self.host}/.s.PGSQL.{self.port or 5432}"
        host = self.host or "localhost"
        return f"[{host}]:{self.port or 5432}" if ":" in host else f"{host}:{self.port or 5432}"

    @property
    def is_socket(self) -> bool:
        return self.host.startswith(("/", "@"))

    @property
    def is_loopback(self) -> bool:
        """Whether the server is surely on this machine: a file, a socket or a loopback address."""
        return (
            self.backend == "sqlite" or not self.host or self.is_socket or self.host in _LOCAL_HOSTS
        )

    def with_database(self, name: str) -> DatabaseUrl:
        """The same server, another database."""
        return replace(self, database=name)

    def hidden_in(self, text: str) -> str:
        """The text without the password where a URL or `password=` tells it, quoted in any way."""
        password = dict(self.params).get("password", self.password)
        if not password:
            return text
        form = "".join(map(_any_form, password))
        told = rf"(?:(:){form}(?=@)|({_ASSIGNED}){form}(?!\w))"
        return re.sub(told, rf"\1\2{MASK}", text, flags=re.IGNORECASE)

    def _text(self, password: str, driver: str, given: tuple[tuple[str, str], ...]) -> str:
        scheme = f"{self.backend}+{driver}" if driver else self.backend
        if self.backend == "sqlite":
            return f"{scheme}:///{'' if self.database == ':memory:' else self.database}"
        user = quote(self.user, safe="")
        login = (f"{user}:{password}@" if password else f"{user}@") if user or password else ""
        params = list(given)
        host = f"[{self.host}]" if ":" in self.host and not self.is_socket else self.host
        if self.is_socket:
            host, params = "", [("host", self.host), *params]
        port = f":{self.port}" if self.port is not None else ""
        if self.is_socket and port:
            port, params = "", [params[0], ("port", str(self.port)), *params[1:]]
        query = f"?{urlencode(params, quote_via=quote, safe='/*')}" if params else ""
        return f"{scheme}://{login}{host}{port}/{quote(self.database, safe='')}{query}"


def parse_url(text: str) -> DatabaseUrl:
    """Read a database URL; raises `InvalidUrl`, whose message never repeats the password."""
    scheme, separator, _rest = text.partition("://")
    dialect, _, driver = scheme.lower().partition("+")
    if not separator or dialect not in _DIALECTS:
        raise InvalidUrl(_shown(text), "it does not begin with postgresql:// or sqlite://")
    backend = _DIALECTS[dialect]
    return _parse_sqlite(text, driver) if backend == "sqlite" else _parse_postgresql(text, driver)


def _parse_sqlite(text: str, driver: str) -> DatabaseUrl:
    rest = text.partition("://")[2]
    if not rest.startswith("/") and rest:
        raise InvalidUrl(text, "a SQLite path follows three slashes: sqlite:///file.db")
    path = rest[1:].partition("?")[0]
    return DatabaseUrl(backend="sqlite", database=path or ":memory:", driver=driver)


def _parse_postgresql(text: str, driver: str) -> DatabaseUrl:
    authority, slash, path_query = text.partition("://")[2].partition("/")
    login, _, server = authority.rpartition("@")
    if not slash:
        server, question, query_only = server.partition("?")
        path_query = question + query_only
    path, _, query = path_query.partition("?")
    params = parse_qsl(query, keep_blank_values=True)
    user, _, password = login.partition(":")
    try:
        split = urlsplit(f"//{server}")
        host, port = split.hostname or "", split.port
    except ValueError as error:
        raise InvalidUrl(_shown(text), str(error).lower()) from error
    if not port and (given := dict(params).get("port", "")).isdigit():
        port = int(given)
    return DatabaseUrl(
        backend="postgresql",
        database=unquote(path),
        host=dict(params).get("host", unquote(host)),
        port=port,
        user=unquote(user),
        password=unquote(password),
        params=tuple((key, value) for key, value in params if key not in {"host", "port"}),
        driver=driver,
    )


def _any_form(character: str) -> str:
    """A pattern for the character as some program quotes it in a URL or a file, or as it is."""
    quoted = "".join(f"%%?{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))
    also = {" ": r"|\+", "%": "|%%"}.get(character, "")
    return rf"(?:{quoted}{also}|\\?{re.escape(character)})"  # the longest first


def _shown(text: str) -> str:
    """The text with whatever may be a password hidden."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        return text if "@" not in text else MASK
    login, at, server = rest.rpartition("@")
    user = login.partition(":")[0]
    return f"{scheme}://{user}:{MASK}@{server}" if at and ":" in login else text
