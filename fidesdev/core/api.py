"""What the verbs of `api` answer; the field names are the JSON contract."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ApiUrl:
    """One URL of one version of the API."""

    name: str
    version: str
    path: str
    """With the version's prefix; parameters in braces."""
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApiUrls:
    """What `api urls` lists."""

    urls: tuple[ApiUrl, ...]


@dataclass(frozen=True, slots=True)
class ResolvedUrl:
    """What `api url` answers."""

    name: str
    version: str
    url: str


@dataclass(frozen=True, slots=True)
class ApiServed:
    """What `api serve` served, or with `executed` false would."""

    url: str
    version: str
    database: str
    """Its URL, without the password."""
    paths: tuple[str, ...]
    loopback: bool
    """Whether nobody on another machine can reach it."""
    executed: bool
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ApiCheck:
    """A running server's OpenAPI document beside the registry."""

    url: str
    """Where the document is."""
    title: str
    server_version: str
    version: str
    checked: int
    """How many URLs of the registry were looked for."""
    missing: tuple[ApiUrl, ...]
    """Those that the server does not have: the findings."""
    unknown: tuple[str, ...]
    """What the server has under the version's prefix and the registry does not know."""


def shape(path: str) -> str:
    """The path without the names of its parameters, which each side chooses for itself."""
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/")
