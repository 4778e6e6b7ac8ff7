"""The command line as values, kept on disk: at Tab nobody waits for all commands to be imported."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from fidesdev.core.completion import Outline, read_outline


def read_kept(path: Path, edition: str) -> Outline | None:
    """The outline of that edition; None where there is none, or one that cannot be read."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        kept = json.loads(path.read_bytes())
        if kept["edition"] == edition:
            return read_outline(kept["commands"])
    return None


def keep(path: Path, edition: str, outline: Outline) -> None:
    """Keep it in one step; where that cannot be, it is made anew each time."""
    commands: Mapping[str, object] = {name: asdict(node) for name, node in outline.items()}
    new = path.with_name(f"{path.name}.{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps({"edition": edition, "commands": commands}), encoding="utf-8")
        new.replace(path)
