"""What the engine's machine has left."""

from __future__ import annotations

import shutil

from fidesdev.adapters.engine import Engine, answering
from fidesdev.core.docker_doctor import Capacity
from fidesdev.core.engine import PROJECT_LABEL


def capacity(engine: Engine) -> Capacity:
    """Memory and disk; the disk only where the engine's folder is on this machine."""
    with answering():
        told = engine.client.info()
    folder, free = told.get("DockerRootDir") or "", None
    if folder and not engine.address.is_remote:
        try:
            free = shutil.disk_usage(folder).free
        except OSError:  # Docker Desktop's is in a virtual machine
            free = None
    return Capacity(told.get("MemTotal") or 0, free, folder)


def project_volumes(engine: Engine, project: str) -> tuple[str, ...]:
    """The names of the volumes that carry a Compose project's label."""
    with answering():
        told = engine.client.volumes(filters={"label": f"{PROJECT_LABEL}={project}"})
    return tuple(volume["Name"] for volume in told["Volumes"] or ())
