"""Flags, environment and files -> Settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fidesdev.config.files import Place, find_place, home, read_toml
from fidesdev.config.keys import DEFAULTS, Found, Values, wrong_type
from fidesdev.config.settings import DatabaseSettings, Flags, Settings, Source, ToolSettings
from fidesdev.config.tables import docker_settings, snapshot_settings
from fidesdev.core.url import parse_url
from fidesdev.errors import UnknownKey, UsageError

PREFIX = "FIDES__"
OWN_SECTION = "fidesdev"


def load_settings(flags: Flags, environ: Mapping[str, str], cwd: Path) -> Settings:
    """All settings with their sources; raises a `ConfigError` that names file or variable."""
    if flags.test_db and flags.database_url is not None:
        raise UsageError(
            "--database-url names the whole database, so --test-db has no say",
            hint="Name the test database in the URL, or leave '--database-url' out.",
        )
    place = find_place(flags, environ, cwd)
    found = _found(place, environ)
    values = Values(found)
    test_mode = _test_mode(flags, environ)
    sources = {key: value.source for key, value in found.items()} | {"test_mode": test_mode.source}
    if flags.database_url is not None:
        sources["database_url"] = Source("flag", "--database-url")
    return Settings(
        project=place.project,
        files=place.files,
        database=_database(values),
        tool=_tool(values, place, environ),
        app_encryption_key=values.text("security.app_encryption_key") or None,
        test_mode=test_mode.value is True,
        database_url=None if flags.database_url is None else parse_url(flags.database_url),
        sources=MappingProxyType(sources),
    )


def variables(environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """(variable, section, key) of every FIDES__SECTION__KEY, in rising order of precedence."""
    ours = [name for name in environ if name[: len(PREFIX)].upper() == PREFIX]
    for variable in sorted(ours, key=_precedence):
        section, separator, key = variable[len(PREFIX) :].lower().partition("__")
        if separator:
            yield variable, section, key


def user_cache(environ: Mapping[str, str], *, platform: str) -> Path | None:
    """The user's cache directory: XDG's, or macOS' own; None without a home."""
    xdg = environ.get("XDG_CACHE_HOME", "")
    if Path(xdg).is_absolute():
        return Path(xdg)
    folder = home(environ)
    return folder and folder / ("Library/Caches" if platform == "darwin" else ".cache")


def _precedence(variable: str) -> tuple[bool, str]:
    """Of two spellings of one key the one in capitals wins."""
    return variable.isupper(), variable


def _found(place: Place, environ: Mapping[str, str]) -> dict[str, Found]:
    """Every known key, from the strongest source that has it."""
    found = {
        f"{section}.{name}": Found(value, Source("default"))
        for section, defaults in DEFAULTS.items()
        for name, value in defaults.items()
    }
    for path in reversed(place.files):
        source = Source("file", str(path))
        for key, value in _keys_of(read_toml(path), source):
            found[key] = _over(found[key], Found(value, source))
    for variable, section, name in variables(environ):
        source = Source("environment", variable)
        if _is_known(section, name, source):
            found[f"{section}.{name}"] = Found(environ[variable], source)
    return found


def _keys_of(document: Mapping[str, Any], source: Source) -> Iterator[tuple[str, object]]:
    for section in DEFAULTS.keys() & document.keys():
        table = document[section]
        if not isinstance(table, dict):
            raise wrong_type(section, table, "a table", source)
        for name, value in table.items():
            if _is_known(section, name, source):
                yield f"{section}.{name}", value


def _is_known(section: str, name: str, source: Source) -> bool:
    known = DEFAULTS.get(section, {})
    if section == OWN_SECTION and name not in known:
        from difflib import get_close_matches

        nearest = next(iter(get_close_matches(name, known, n=1)), None)
        raise UnknownKey(
            f"{section}.{name}", source=str(source), nearest=nearest, known=tuple(known)
        )
    return name in known


def _over(weaker: Found, stronger: Found) -> Found:
    """The stronger value; two tables are joined key by key."""
    if not (isinstance(weaker.value, dict) and isinstance(stronger.value, dict) and weaker.value):
        return stronger
    names = f"{stronger.source.name}, {weaker.source.name}"
    return Found({**weaker.value, **stronger.value}, Source("file", names))


def _test_mode(flags: Flags, environ: Mapping[str, str]) -> Found:
    if flags.test_db:
        return Found(True, Source("flag", "--test-db"))
    spellings = [name for name in environ if name.upper() == f"{PREFIX}TEST_MODE"]
    if not spellings:
        return Found(False, Source("default"))
    variable = max(spellings, key=_precedence)
    # Fides takes "true" and nothing else for true; two opinions would be two databases
    return Found(environ[variable].lower() == "true", Source("environment", variable))


def _database(values: Values) -> DatabaseSettings:
    server = values.text("database.server")
    return DatabaseSettings(
        # Fides wants an IPv6 address in brackets, libpq without
        server=server[1:-1] if server.startswith("[") and server.endswith("]") else server,
        port=values.port("database.port"),
        user=values.text("database.user"),
        password=values.text("database.password"),
        db=values.text("database.db"),
        test_db=values.text("database.test_db"),
        params=values.table("database.params"),
    )


def _tool(values: Values, place: Place, environ: Mapping[str, str]) -> ToolSettings:
    return ToolSettings(
        engine=values.choice("fidesdev.engine", ("server", "embedded")),
        host_server=values.text("fidesdev.host_server"),
        alembic_config=values.text("fidesdev.alembic_config") or None,
        runner=values.choice("fidesdev.runner", ("auto", "in-process", "python:", "compose:")),
        runner_env=values.table("fidesdev.runner_env"),
        use_database_url=values.flag("fidesdev.use_database_url"),
        upstream=values.text("fidesdev.upstream") or None,
        data_dir=_data_dir(values, place, environ),
        journal=values.choice("fidesdev.journal", ("auto", "database", "file", "off")),
        version_table=values.text("fidesdev.version_table"),
        version_table_schema=values.text("fidesdev.version_table_schema"),
        protected=values.names("fidesdev.protected"),
        allow=values.names("fidesdev.allow"),
        check=_severities(values, "check"),
        lint=_severities(values, "lint"),
        hooks=_hooks(values),
        snapshots=snapshot_settings(values),
        docker=docker_settings(values),
    )


def _severities(values: Values, name: str) -> Mapping[str, str]:
    """How severe the findings of each code are, as far as `[fidesdev.check]` or `.lint` says."""
    key = f"fidesdev.{name}"
    table = values.table(key)
    if table:
        from fidesdev.core.check_codes import CHECKS, SEVERITIES, nearest
        from fidesdev.core.lint_codes import LINTS

        codes = tuple(CHECKS if name == "check" else LINTS)
        source = values.found[key].source
        for code, said in table.items():
            if code not in codes:
                close = nearest(code, codes)
                raise UnknownKey(f"{key}.{code}", source=str(source), nearest=close, known=codes)
            if said not in SEVERITIES:
                wanted = "'off', 'warning' or 'error'"
                raise wrong_type(f"{key}.{code}", said, wanted, source)
    return table


def _hooks(values: Values) -> Mapping[str, str]:
    """What the git hooks do, with the defaults."""
    key, known = "fidesdev.hooks", {"on_switch": ("ask", "sync", "tell")}
    source = values.found[key].source
    table = values.table(key)
    for name, said in table.items():
        if name not in known:
            raise UnknownKey(f"{key}.{name}", source=str(source), nearest=None, known=tuple(known))
        if said not in known[name]:
            raise wrong_type(f"{key}.{name}", said, "'ask', 'sync' or 'tell'", source)
    return MappingProxyType({name: choices[0] for name, choices in known.items()} | dict(table))


def _data_dir(values: Values, place: Place, environ: Mapping[str, str]) -> Path:
    """The folder named, or the user's cache where there is no project or it is read-only."""
    text, source = values.text("fidesdev.data_dir"), values.found["fidesdev.data_dir"].source
    if not text:
        raise wrong_type("fidesdev.data_dir", text, "a folder", source)
    folder = home(environ)
    if folder and (text == "~" or text.startswith("~/")):
        return folder / text[2:]
    chosen = place.project / text
    is_named = source.kind != "default" or place.is_project
    if Path(text).is_absolute() or (is_named and _is_writable(chosen)):
        return chosen
    cache = user_cache(environ, platform=sys.platform)
    return cache / "fidesdev" / _digest(place.project) if cache else chosen


def _is_writable(path: Path) -> bool:
    """Whether the folder, or the nearest above it that exists, lets this user write."""
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    return os.access(existing, os.W_OK | os.X_OK)


def _digest(path: Path) -> str:
    from hashlib import sha256

    return sha256(os.fsencode(path)).hexdigest()[:16]
