"""When a checkout was cleaned, a line each, so that it can be told when it is done often."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime
from pathlib import Path

from fidesdev.adapters.own_files import open_own
from fidesdev.adapters.revision_cache import make_folder

_KEPT = 100


def read_cleanings(path: Path) -> tuple[datetime, ...]:
    """The times, the oldest first; none where nothing was written, or it cannot be read."""
    found = []
    with contextlib.suppress(OSError):
        for line in path.read_text(encoding="utf-8").splitlines()[-_KEPT:]:
            with contextlib.suppress(ValueError, KeyError, TypeError):  # a line that was cut off
                found.append(datetime.fromisoformat(json.loads(line)["at"]))
    return tuple(found)


def note_cleaning(path: Path, at: datetime, project: str) -> None:
    """Add one; a folder that cannot be written is passed over."""
    with contextlib.suppress(OSError):
        make_folder(path.parent)
        with open_own(path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"at": at.isoformat(), "project": project}) + "\n")
