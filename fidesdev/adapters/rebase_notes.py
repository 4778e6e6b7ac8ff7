"""What was moved in files alone, kept until the databases that it concerns were seen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from fidesdev.adapters.own_files import open_own
from fidesdev.adapters.revision_cache import make_folder

_NAME = "rebased-files.json"


def read_notes(data_dir: Path) -> list[dict[str, Any]]:
    """The notes, oldest first; what cannot be read is none."""
    try:
        notes = json.loads((data_dir / _NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return notes if isinstance(notes, list) else []


def write_notes(data_dir: Path, notes: Iterable[Mapping[str, Any]]) -> None:
    """Keep exactly these; without any there is no file."""
    path, kept = data_dir / _NAME, list(notes)
    if not kept:
        with suppress(FileNotFoundError):
            path.unlink()
        return
    make_folder(data_dir)
    new = path.with_suffix(".new")
    with open_own(new, "w", encoding="utf-8") as file:
        file.write(json.dumps(kept, indent=1))
    new.replace(path)
