"""Spares made by a process of its own, so that nobody waits for them: `python -m` this module.

It reads one JSON object from stdin, where no process list shows the password. Killing it costs
nothing: a spare has its name only when it is whole, and what it left is dropped with the snapshot.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from fidesdev.adapters.postgres_snapshots import prepare_spare
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import FidesdevError


def start(url: DatabaseUrl, storage: str) -> None:
    """Let the snapshot kept in `storage` have a spare soon; this returns at once."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # neither Ctrl-C nor a closed terminal concerns it
        cwd="/",
    )
    assert process.stdin is not None
    job = {"url": asdict(url), "storage": storage}
    with contextlib.suppress(BrokenPipeError), process.stdin as given:
        given.write(json.dumps(job).encode())
    process.returncode = 0  # nobody waits for it, and Python need not say so


def main() -> None:
    """Make the spare; whatever goes wrong, the snapshot itself is there."""
    job: dict[str, Any] = json.load(sys.stdin)
    params = tuple((key, value) for key, value in job["url"].pop("params"))
    with contextlib.suppress(FidesdevError):
        prepare_spare(DatabaseUrl(**job["url"], params=params), job["storage"])


if __name__ == "__main__":
    main()
