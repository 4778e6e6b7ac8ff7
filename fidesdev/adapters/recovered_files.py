"""Recovered revisions as files that can be imported, for as long as a plan runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from fidesdev.core.recovery import FoundSource


@contextmanager
def written(sources: Mapping[str, FoundSource]) -> Iterator[dict[str, str]]:
    """The absolute path of each revision's file, in a folder that is removed afterwards."""
    if not sources:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="fidesdev-revisions-") as folder:
        paths = {}
        for number, (id_, found) in enumerate(sources.items()):
            path = Path(folder, str(number), Path(found.revision.path).name or f"{id_}.py")
            path.parent.mkdir()
            path.write_bytes(found.source)
            paths[id_] = str(path)
        yield paths
