"""Folders with a Compose file, or without one, whose containers are gone after the test."""

from __future__ import annotations

import socket
import subprocess
import textwrap
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cli.processes import FIDESDEV, Answer, environment
from tests.docker_images import docker

_SECONDS = 120


@dataclass(frozen=True)
class Checkout:
    """A folder whose name no other project has."""

    root: Path

    @property
    def name(self) -> str:
        """The name of its Compose project."""
        return self.root.name

    def compose_file(
        self, services: str, *, name: str = "docker-compose.yml", more: str = ""
    ) -> Path:
        """Write a Compose file with these services."""
        path = self.root / name
        body = textwrap.indent(textwrap.dedent(services).strip("\n"), "  ")
        path.write_text(f"services:\n{body}\n{textwrap.dedent(more)}", encoding="utf-8")
        return path

    def fidesdev(self, *arguments: str, **variables: str) -> Answer:
        """Run a command there, with nobody to answer; starting a server may take its time."""
        done = subprocess.run(
            [*FIDESDEV, *arguments],
            cwd=self.root,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def containers(self) -> list[str]:
        """The names of its containers, running or not."""
        return _named("container", self.name, "--all")


@contextmanager
def new_checkout(folder: Path) -> Iterator[Checkout]:
    """A checkout, and an end to whatever the engine has of it."""
    made = Checkout(folder / f"shop{uuid.uuid4().hex[:10]}")
    made.root.mkdir()
    try:
        yield made
    finally:
        for container in _named("container", made.name, "--all"):
            docker("container", "rm", "--force", "--volumes", container)
        for kind in ("volume", "network"):
            for one in _named(kind, made.name):
                docker(kind, "rm", one)


def free_port() -> int:
    """A TCP port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _named(kind: str, name: str, *options: str) -> list[str]:
    template = "{{.Names}}" if kind == "container" else "{{.Name}}"
    listed = docker(kind, "ls", *options, "--filter", f"name={name}", "--format", template)
    return listed.split()
