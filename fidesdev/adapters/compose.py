"""Docker Compose as a program: the plugin, or the older one of its own."""

from __future__ import annotations

import shutil
import subprocess

from fidesdev.errors import CommandMissing

_SECONDS = 30


def compose_command() -> tuple[str, ...]:
    """How Compose is called here: `docker compose`, else `docker-compose`."""
    if shutil.which("docker"):
        asked = subprocess.run(
            ["docker", "compose", "version"],
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
        )
        if asked.returncode == 0:
            return ("docker", "compose")
    if shutil.which("docker-compose"):
        return ("docker-compose",)
    raise CommandMissing(
        "neither 'docker compose' nor 'docker-compose' is there",
        hint="Install Docker with its compose plugin, or set another [fidesdev] runner.",
        command="docker compose",
    )
