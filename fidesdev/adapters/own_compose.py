"""The Compose file of a PostgreSQL of our own, for a checkout that has none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from fidesdev.adapters.compose import yaml_module
from fidesdev.adapters.revision_cache import make_folder

_HEAD = (
    "# Written by 'fidesdev docker up' from [database] and [fidesdev.docker], as this checkout has "
    "no Compose file.\n# It holds the password: nobody else may read it. The next 'up' writes it "
    "again.\n"
)


def own_file(data_dir: Path) -> Path:
    """Where the file is, or would be."""
    return data_dir / "docker" / "compose.yaml"


def write_own_file(data_dir: Path, document: dict[str, Any]) -> Path:
    """Write the file, which only its owner may read; its path."""
    path = own_file(data_dir)
    make_folder(data_dir)
    path.parent.mkdir(mode=0o755, exist_ok=True)
    text = _HEAD + yaml_module().safe_dump(document, sort_keys=False, allow_unicode=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text.encode())
    new.replace(path)
    return path
