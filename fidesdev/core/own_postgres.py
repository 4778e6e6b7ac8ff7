"""A PostgreSQL of our own as a Compose file: what a checkout without one gets."""

from __future__ import annotations

import hashlib
from typing import Any

from fidesdev.core.compose import project_name
from fidesdev.core.url import DatabaseUrl

SERVICE = "postgres"
_PORT = 5432
_FOLDER = "/var/lib/postgresql/data"
"""Said aloud, for the images from 18 on have another one and refuse a volume here."""


def own_project_name(folder: str) -> str:
    """A name that no other checkout has: two folders `shop` must not share a volume."""
    digest = hashlib.sha256(folder.encode("utf-8", "surrogateescape")).hexdigest()[:6]
    base = project_name(folder.rpartition("/")[2], older=False) or "project"
    return f"{base}-{digest}"


def own_document(url: DatabaseUrl, image: str) -> dict[str, Any]:
    """The Compose file for a database as it is configured, published on the loopback address.

    The variables are those of the official image. A password is a value like any other: `$` alone
    means something to Compose.
    """
    environment = {"POSTGRES_USER": url.user, "POSTGRES_DB": url.database, "PGDATA": _FOLDER}
    if url.password:
        environment["POSTGRES_PASSWORD"] = url.password
    else:
        environment["POSTGRES_HOST_AUTH_METHOD"] = "trust"
    # by TCP: while the image sets a new database up, its server listens at a socket alone
    asked = ["CMD", "pg_isready", "-q", "-h", "127.0.0.1", "-U", url.user, "-d", url.database]
    service = {
        "image": _escaped(image),
        "environment": {name: _escaped(value) for name, value in environment.items()},
        "ports": [f"127.0.0.1:{url.port or _PORT}:{_PORT}"],
        "volumes": [f"data:{_FOLDER}"],
        "healthcheck": {
            "test": [_escaped(word) for word in asked],
            "interval": "1s",
            "timeout": "5s",
            "retries": 120,
        },
    }
    return {"services": {SERVICE: service}, "volumes": {"data": {}}}


def _escaped(text: str) -> str:
    return text.replace("$", "$$")
