"""The services of a Compose file that are a PostgreSQL, or are built here; without Compose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fidesdev.adapters.compose import yaml_module
from fidesdev.adapters.compose_files import read_dotenv
from fidesdev.core.compose import Port, read_ports

_IMAGE = re.compile(r"postg(?:res|is)|timescale|pgvector|supabase", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{(\w+)(?::?([-?+])([^}]*))?\}|\$(\w+)")
_PORT = 5432


@dataclass(frozen=True, slots=True)
class ComposeServer:
    """A service that runs PostgreSQL, as far as its file tells."""

    name: str
    port: int | None
    """Where it is published."""
    user: str
    database: str
    password: str | None = field(repr=False)
    """None where the file does not say it literally."""


@dataclass(frozen=True, slots=True)
class ComposeServices:
    """What the files say of the services that matter here."""

    servers: tuple[ComposeServer, ...] = ()
    built: tuple[str, ...] = ()
    """Services that have this checkout in them: their image is built here, or a folder mounted."""
    connected: tuple[str, ...] = ()
    """Those of them that wait for one of the servers, so that they can reach it."""


def read_services(paths: tuple[Path, ...], environ: Mapping[str, str]) -> ComposeServices:
    """The services; raises `PackageMissing`; a file that is no YAML has none."""
    yaml = yaml_module()
    said: dict[str, dict[str, Any]] = {}
    for path in paths:
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            continue
        services = document.get("services") if isinstance(document, dict) else None
        for name, service in (services or {}).items():
            said.setdefault(str(name), {}).update(service or {})
    variables = {**read_dotenv(paths[0].parent / ".env"), **environ} if paths else environ
    servers = tuple(_servers(said, variables))
    names = {server.name for server in servers}
    built = tuple(name for name, service in said.items() if _has_checkout(service))
    connected = tuple(name for name in built if names & set(said[name].get("depends_on") or ()))
    return ComposeServices(servers, built, connected)


def _has_checkout(service: Mapping[str, Any]) -> bool:
    volumes = service.get("volumes") or ()
    sources = (
        one.get("source") if isinstance(one, Mapping) else str(one).partition(":")[0]
        for one in volumes
    )
    return bool(service.get("build")) or any(str(one).startswith(".") for one in sources)


def _servers(
    said: Mapping[str, Mapping[str, Any]], variables: Mapping[str, str]
) -> Iterator[ComposeServer]:
    for name, service in said.items():
        if not _IMAGE.search(str(service.get("image") or "")):
            continue
        given = _environment(service.get("environment"))
        written = given.get("POSTGRES_PASSWORD", "")
        user = _filled(given.get("POSTGRES_USER", ""), variables) or "postgres"
        yield ComposeServer(
            name=name,
            port=next(_published(service, variables), None),
            user=user,
            database=_filled(given.get("POSTGRES_DB", ""), variables) or user,
            password=written if written and "$" not in written else None,
        )


def _environment(said: Any) -> dict[str, str]:
    if isinstance(said, Mapping):
        return {str(key): "" if value is None else str(value) for key, value in said.items()}
    pairs = (str(one).partition("=") for one in said or ())
    return {name: value for name, _, value in pairs}


def _published(service: Mapping[str, Any], variables: Mapping[str, str]) -> Iterator[int]:
    ports: list[Port] = []
    for one in service.get("ports") or ():
        filled = one if isinstance(one, Mapping) else _filled(str(one), variables)
        ports += read_ports(filled)
    yield from (one.published for one in ports if one.target == _PORT and one.published)


def _filled(text: str, variables: Mapping[str, str]) -> str:
    """The text with `$NAME`, `${NAME}` and `${NAME:-default}` filled in."""

    def value(found: re.Match[str]) -> str:
        default = found[3] if found[2] == "-" else ""
        return variables.get(found[1] or found[4]) or default or ""

    return _VARIABLE.sub(value, text)
