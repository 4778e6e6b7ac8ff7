"""The options that Alembic reads: a section of an ini, then `[tool.alembic]` of pyproject.toml."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from configparser import (
    ConfigParser,
    DuplicateOptionError,
    DuplicateSectionError,
    InterpolationError,
    MissingSectionHeaderError,
    ParsingError,
)
from configparser import Error as IniError
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fidesdev.errors import BadToml, ConfigError

INI = "alembic.ini"
PYPROJECT = "pyproject.toml"

_SEPARATORS = {"space": " ", "newline": "\n", "os": os.pathsep, ":": ":", ";": ";"}
_TOOL_TABLE = re.compile(
    rb"^\s*\[{0,2}\s*[\"']?tool[\"']?\s*(?:\.\s*[\"']?alembic|\]|=)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class AlembicOptions:
    """What one project sets; the ini wins over TOML, as in Alembic."""

    path: Path
    """The file that was found, absolute; relative paths start at its folder."""
    section: str
    parser: ConfigParser
    table: Mapping[str, Any]
    ini: Path | None
    pyproject: Path | None

    def text(self, name: str) -> str | None:
        if (value := self.ini_text(name)) is not None:
            return value
        value = self.table.get(name)
        if value is not None and not isinstance(value, str):
            raise self._wrong(name, value, "text")
        return value if value is None else self._expanded(name, value)

    def flag(self, name: str) -> bool:
        if (value := self.ini_text(name)) is not None:
            return value == "true"
        flag = self.table.get(name, False)
        if not isinstance(flag, bool):
            raise self._wrong(name, flag, "true or false")
        return flag

    def paths(self, name: str, separators: Sequence[str], *, legacy: str) -> list[str]:
        """A list of paths as written: in TOML a list; in an ini split at what `separators` name.

        `legacy` is the pattern that splits where no separator is set.
        """
        if value := self.ini_text(name):
            return self._split(value, separators, legacy)
        items = self.table.get(name) or []
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise self._wrong(name, items, "a list of texts")
        return [self._expanded(name, item) for item in items]

    def url(self) -> str | None:
        """`sqlalchemy.url`, which Alembic looks for in the ini alone."""
        try:
            url = self.parser.get(self.section, "sqlalchemy.url", fallback="").strip()
        except InterpolationError:
            return None
        return url if url and not url.startswith("driver://") else None

    def ini_text(self, name: str) -> str | None:
        try:
            return self.parser.get(self.section, name, fallback=None)
        except InterpolationError as error:
            raise ConfigError(
                f"{name} in {self.ini}: {error.message.splitlines()[0]}",
                hint=f"Write a literal percent sign as '%%' in {self.ini}.",
                file=str(self.ini),
                key=name,
            ) from error

    def _split(self, value: str, separators: Sequence[str], legacy: str) -> list[str]:
        given = ((key, self.ini_text(key)) for key in separators)
        key, word = next(((key, word) for key, word in given if word is not None), ("", None))
        if word is None:
            return [item for item in re.split(legacy, value) if item]
        if word not in _SEPARATORS:
            raise ConfigError(
                f"{key} in {self.ini} is {word!r}",
                hint=f"Write one of: {', '.join(_SEPARATORS)}.",
                file=str(self.ini),
                key=key,
            )
        return [item.strip() for item in value.split(_SEPARATORS[word]) if item.strip()]

    def _expanded(self, name: str, value: str) -> str:
        """The text with `%(here)s` filled in."""
        try:
            return value % {"here": self.path.parent.as_posix()}
        except (ValueError, KeyError, TypeError) as error:
            raise self._wrong(name, value, "text in which only %(here)s is filled in") from error

    def _wrong(self, name: str, value: object, wanted: str) -> ConfigError:
        return ConfigError(
            f"[tool.alembic] {name} in {self.pyproject} is {value!r}",
            hint=f"Write {wanted} there.",
            file=str(self.pyproject),
            key=name,
        )


def read_options(path: Path, section: str) -> AlembicOptions:
    is_toml = path.name == PYPROJECT
    ini = path.with_name(INI) if is_toml else path
    toml = path if is_toml else path.with_name(PYPROJECT)
    parser = ConfigParser({"here": path.parent.as_posix().replace("%", "%%")})
    if ini.is_file():
        _parse_ini(parser, ini)
    table = tool_alembic(toml)
    return AlembicOptions(
        path=path,
        section=section,
        parser=parser,
        table=table or {},
        ini=ini if ini.is_file() else None,
        pyproject=None if table is None else toml,
    )


def _parse_ini(parser: ConfigParser, ini: Path) -> None:
    text = ini.read_text(encoding="utf-8-sig", errors="replace")
    try:
        parser.read_string(text, source=str(ini))
    except IniError as error:
        line, reason = _ini_fault(error)
        lines = ["", *text.splitlines()]
        raise ConfigError(
            f"{ini}, line {line}: {reason}\n  {lines[min(line, len(lines) - 1)]}",
            hint="Mend that line, then run 'fidesdev config check'.",
            file=str(ini),
            line=line,
        ) from error


def _ini_fault(error: IniError) -> tuple[int, str]:
    """Line and reason of what configparser found."""
    if isinstance(error, DuplicateOptionError):
        return error.lineno or 1, f"{error.option} is set twice in [{error.section}]"
    if isinstance(error, DuplicateSectionError):
        return error.lineno or 1, f"section [{error.section}] is there twice"
    if isinstance(error, MissingSectionHeaderError):
        return error.lineno, "no section begins before it"
    if isinstance(error, ParsingError) and error.errors:
        return error.errors[0][0], "neither 'name = value' nor the [header] of a section"
    return 1, error.message.splitlines()[0]


def tool_alembic(pyproject: Path) -> Mapping[str, Any] | None:
    """The table `[tool.alembic]`, or None where the file or the table is not."""
    try:
        source = pyproject.read_bytes()
    except OSError:
        return None
    if not _TOOL_TABLE.search(source):
        return None  # a look at the text spares most projects the import and the parsing
    import tomli

    text = source.decode(errors="replace")
    try:
        table = tomli.loads(text).get("tool", {}).get("alembic")
    except tomli.TOMLDecodeError as error:
        lines = [*text.splitlines(), ""]
        raise BadToml(
            str(pyproject),
            error.msg,
            line=error.lineno,
            column=error.colno,
            text=lines[min(error.lineno, len(lines)) - 1],
        ) from error
    return table if isinstance(table, dict) else None
