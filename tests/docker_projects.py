"""Compose projects on the real engine: a file, and what Compose would have made of it."""

from __future__ import annotations

import re
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docker import APIClient
from docker.errors import NotFound

from fidesdev.adapters.postgres import wait_until_ready
from fidesdev.config import Flags
from fidesdev.core.engine import FOLDER_LABEL, PROJECT_LABEL, SERVICE_LABEL
from fidesdev.core.url import DatabaseUrl
from fidesdev.services.workspace import Workspace, open_workspace
from tests.cli.processes import environment
from tests.docker_images import empty_root

COMPOSE = """
version: "3.7"
services:
  app:
    build: .
    command: ["sleep", "600"]
    stop_signal: SIGKILL
    network_mode: host
{app}
  worker:
    image: {tiny}
    command: ["sleep", "600"]
    stop_signal: SIGKILL
  db:
    image: {postgres}
    network_mode: host
    environment: {{POSTGRES_PASSWORD: "{password}", POSTGRES_DB: shop, PGPORT: "{port}"}}
    volumes: ["data:/var/lib/postgresql/data"]
volumes: {{data: }}
"""
SETTINGS = """
[database]
port = {port}
password = "{password}"
db = "shop"

[fidesdev]
"""
PASSWORD = "s3cret"


@dataclass(frozen=True)
class Shop:
    """One project: its folder and what Compose calls it."""

    root: Path
    name: str
    url: DatabaseUrl
    tiny: str
    postgres: str
    client: APIClient = field(repr=False)
    unnamed: list[str] = field(default_factory=list, repr=False)
    """Volumes that the engine made for containers."""

    @property
    def workspace(self) -> Workspace:
        """A new workspace on it."""
        return open_workspace(Flags(), environ=environment(), cwd=self.root)

    @property
    def labels(self) -> dict[str, str]:
        """By which Compose knows its own."""
        return {PROJECT_LABEL: self.name}

    def make_parts(self) -> None:
        """A network, a volume, an image, and two workers with an unnamed volume each."""
        self.client.create_network(f"{self.name}_default", labels=self.labels)
        self.client.create_volume(f"{self.name}_data", labels=self.labels)
        self.client.import_image_from_data(
            empty_root(self.name), repository=f"{self.name}_app", tag="latest"
        )
        for number in (1, 2):
            self.run(f"worker_{number}", {f"{self.name}_data": "/data"}, f"{self.name}_default")

    def make_database(self) -> None:
        """The PostgreSQL on its volume, with a table; no network."""
        self.client.create_volume(f"{self.name}_data", labels=self.labels)
        environ = {
            "POSTGRES_PASSWORD": PASSWORD,
            "POSTGRES_DB": "shop",
            "PGPORT": str(self.url.port),
        }
        mounted = {f"{self.name}_data": "/var/lib/postgresql/data"}
        self.run("db_1", mounted, "host", image=self.postgres, environ=environ)
        self.wait()

    def run(
        self,
        name: str,
        mounted: Mapping[str, str],
        network: str,
        *,
        image: str = "",
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """Start a container with the project's labels."""
        config = self.client.create_host_config(
            binds=[f"{volume}:{folder}" for volume, folder in mounted.items()],
            network_mode=network,
        )
        made = self.client.create_container(
            image or self.tiny,
            name=f"{self.name}_{name}",
            labels={
                **self.labels,
                FOLDER_LABEL: str(self.root),
                SERVICE_LABEL: name.partition("_")[0],
            },
            volumes=[*mounted.values(), *([] if image else ["/unnamed"])],
            environment=dict(environ or {}),
            host_config=config,
        )
        self.client.start(made)
        mounts = self.client.inspect_container(made)["Mounts"]
        self.unnamed.extend(m["Name"] for m in mounts if m["Name"] not in mounted)

    def wait(self) -> None:
        """Wait until PostgreSQL answers."""
        assert wait_until_ready(self.url, 60)

    def holds(self) -> dict[str, list[str]]:
        """What the engine has of it, by kind; only what there is."""
        label = {"label": f"{PROJECT_LABEL}={self.name}"}
        found = {
            "containers": [c["Id"] for c in self.client.containers(all=True, filters=label)],
            "networks": [n["Id"] for n in self.client.networks(filters=label)],
            "volumes": [v["Name"] for v in self.client.volumes(filters=label)["Volumes"] or []],
            "images": [tag for tag in self._tags() if re.match(rf"{self.name}[-_]app:", tag)],
        }
        return {kind: ids for kind, ids in found.items() if ids}

    def remove(self) -> None:
        """Whatever a test left."""
        left = self.holds()
        for id_ in left.get("containers", ()):
            self.client.remove_container(id_, force=True, v=True)
        for id_ in left.get("networks", ()):
            self.client.remove_network(id_)
        for id_ in left.get("volumes", ()):
            self.client.remove_volume(id_)
        for id_ in left.get("images", ()):
            self.client.remove_image(id_)
        for image in self.client.images(filters={"label": f"shop={self.name}"}):
            self.client.remove_image(image["Id"], force=True)
        for volume in self.unnamed:
            with suppress(NotFound):
                self.client.remove_volume(volume)

    def _tags(self) -> list[str]:
        return [tag for image in self.client.images() for tag in image["RepoTags"] or []]


@contextmanager
def make_shop(parent: Path, tiny: str, postgres: str, *, app: str = "") -> Iterator[Shop]:
    """A project in a new folder; nothing of it is left in the engine afterwards."""
    name = f"shop{uuid.uuid4().hex[:8]}"
    root = parent / name
    root.mkdir()
    port = free_port()
    (root / "Dockerfile").write_text(f"FROM {tiny}\nENV SHOP={name}\nLABEL shop={name}\n")
    text = COMPOSE.format(tiny=tiny, postgres=postgres, port=port, password=PASSWORD, app=app)
    (root / "docker-compose.yml").write_text(text)
    (root / ".fides.toml").write_text(SETTINGS.format(port=port, password=PASSWORD))
    url = DatabaseUrl("postgresql", "shop", "127.0.0.1", port, "postgres", PASSWORD)
    with client() as engine:
        shop = Shop(root, name, url, tiny, postgres, engine)
        try:
            yield shop
        finally:
            shop.remove()


def client() -> APIClient:
    """The engine of this machine."""
    return APIClient(version="auto", timeout=60, **_from_environment())


def _from_environment() -> dict[str, Any]:
    from docker.utils import kwargs_from_env

    return dict(kwargs_from_env())


def is_there(volume: str) -> bool:
    """Whether the engine has the volume."""
    with client() as engine:
        try:
            engine.inspect_volume(volume)
        except NotFound:
            return False
        return True


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
