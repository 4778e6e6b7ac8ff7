"""The keys that are read, with their defaults, and how raw values become typed ones."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from fidesdev.config.settings import Source
from fidesdev.errors import WrongType

DEFAULTS: Mapping[str, Mapping[str, object]] = {
    "database": {
        "server": "localhost",
        "port": 5432,
        "user": "postgres",
        "password": "fides",
        "db": "fides",
        "test_db": "fides_test",
        "params": {},
    },
    "fidesdev": {
        "engine": "server",
        "host_server": "localhost",
        "alembic_config": "",
        "runner": "auto",
        "runner_env": {},
        "use_database_url": False,
        "upstream": "",
        "data_dir": ".fidesdev",
        "journal": "auto",
        "version_table": "",
        "version_table_schema": "",
        "protected": [],
        "allow": [],
        "check": {},
        "lint": {},
        "hooks": {},
        "snapshots": {},
        "docker": {},
    },
    "security": {"app_encryption_key": ""},
}
"""By section; a key that is missing here is an error in `[fidesdev]` and not ours elsewhere."""

_TRUE = {"true", "1", "yes", "on"}
_FALSE = {"false", "0", "no", "off"}
_MAX_PORT = 65535
_SHOWN_LENGTH = 80


class Found(NamedTuple):
    """A raw value and where it was found; from the environment it is text."""

    value: object
    source: Source


class Values:
    """Raw values by key; each method gives one as the type wanted, or raises `WrongType`."""

    def __init__(self, found: Mapping[str, Found]) -> None:
        self.found = found

    def text(self, key: str) -> str:
        """The value as it stands; from the environment, only if it is UTF-8."""
        value = self.found[key].value
        if not isinstance(value, str):
            raise self._wrong(key, "a string")
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise self._wrong(key, "UTF-8 text") from error
        return value

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        """One of the texts allowed; one that ends with a colon wants something after it."""
        value = self.text(key)
        for text in allowed:
            if value == text and not text.endswith(":"):
                return value
            if text.endswith(":") and value.startswith(text) and value != text:
                return value
        shown = [f"'{text}{'NAME' if text.endswith(':') else ''}'" for text in allowed]
        raise self._wrong(key, f"{', '.join(shown[:-1])} or {shown[-1]}")

    def port(self, key: str) -> int:
        """A TCP port, written as a number or as a string."""
        value = self.found[key].value
        if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal():
            value = int(value)
        if type(value) is not int or not 0 < value <= _MAX_PORT:
            raise self._wrong(key, f"a port number from 1 to {_MAX_PORT}")
        return value

    def flag(self, key: str) -> bool:
        """True or false; from the environment also 1, 0, yes, no, on, off."""
        value, source = self.found[key].value, self.found[key].source
        if source.kind == "environment" and str(value).lower() in _TRUE | _FALSE:
            return str(value).lower() in _TRUE
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def names(self, key: str) -> tuple[str, ...]:
        """A list of strings; from the environment as JSON."""
        value = self._structure(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(key, 'a list of strings, as in ["one", "two"]')
        return tuple(value)

    def table(self, key: str) -> Mapping[str, str]:
        """A table of strings, in which numbers may stand bare; from the environment as JSON."""
        value = self.entries(key, "a table of strings")
        for name, item in value.items():
            if not isinstance(item, str) and type(item) is not int:
                raise wrong_type(f"{key}.{name}", item, "a string", self.found[key].source)
        return MappingProxyType({name: str(item) for name, item in value.items()})

    def entries(self, key: str, wanted: str = "a table") -> Mapping[str, object]:
        """A table with whatever is in it; from the environment as JSON."""
        value = self._structure(key)
        if not isinstance(value, dict):
            raise self._wrong(key, wanted)
        return value

    def _structure(self, key: str) -> object:
        value, source = self.found[key].value, self.found[key].source
        if source.kind != "environment":
            return value
        import json

        try:
            return json.loads(str(value))
        except ValueError as error:
            raise self._wrong(key, "JSON") from error

    def _wrong(self, key: str, wanted: str) -> WrongType:
        return wrong_type(key, self.found[key].value, wanted, self.found[key].source)


def wrong_type(key: str, value: object, wanted: str, source: Source) -> WrongType:
    """The error for a value that its key cannot mean; a secret's value is not in it."""
    return WrongType(key, found=_described(key, value), wanted=wanted, source=str(source))


def _described(key: str, value: object) -> str:
    from fidesdev.config.masking import is_secret, masked

    match value:
        case dict():
            return "a table"
        case list():
            return "a list"
        case bool():
            kind, shown = "boolean", str(value).lower()
        case int() | float():
            kind, shown = "number", str(value)
        case str():
            kind, shown = "string", repr(masked(key, value))
        case _:
            kind, shown = "date or time", str(value)
    if is_secret(key):
        return f"a {kind} (not shown)"
    cut = shown if len(shown) <= _SHOWN_LENGTH else f"{shown[:_SHOWN_LENGTH]}..."
    return f"the {kind} {cut}"
