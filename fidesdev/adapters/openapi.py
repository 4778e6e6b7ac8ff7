"""The OpenAPI document of a running server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from fidesdev.errors import ApiSilent, UsageError

_SECONDS = 10
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class OpenApi:
    """What of a document counts here."""

    url: str
    title: str
    version: str
    paths: tuple[str, ...]


def read_openapi(address: str) -> OpenApi:
    """The document of the server at an address, or at exactly an address that ends in `.json`.

    Raises `UsageError` for what is no URL of HTTP, and `ApiSilent`.
    """
    url = _document_url(address)
    found = _parsed(url, _fetched(url))
    about, paths = found.get("info"), found.get("paths")
    if not isinstance(paths, dict):
        raise ApiSilent(url, "it has no 'paths'")
    about = about if isinstance(about, dict) else {}
    title, version = (str(about.get(key, "")) for key in ("title", "version"))
    return OpenApi(url, title or "a server", version, tuple(paths))


def _document_url(address: str) -> str:
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not address.isascii() or any(sign.isspace() for sign in address):
        raise UsageError(
            f"{address!r} is no URL of a server",
            hint="Write it like 'fidesdev api check http://127.0.0.1:8080'.",
        )
    if parts.password or parts.username:
        raise UsageError(
            "a user or password in the URL would be shown",
            hint="Leave it out: 'fidesdev api check http://127.0.0.1:8080'.",
        )
    return address if parts.path.endswith(".json") else f"{address.rstrip('/')}/openapi.json"


def _fetched(url: str) -> bytes:
    try:
        with urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - its scheme was checked
            text: bytes = answer.read(_MOST_BYTES)
            return text
    except HTTPError as error:
        with error:
            raise ApiSilent(url, f"the server answers {error.code} {error.reason}") from error
    except (URLError, OSError, HTTPException) as error:
        raise ApiSilent(url, str(getattr(error, "reason", None) or error)) from error


def _parsed(url: str, text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ApiSilent(url, "it is no JSON") from error
    if not isinstance(found, dict):
        raise ApiSilent(url, "it is no JSON object")
    return found
