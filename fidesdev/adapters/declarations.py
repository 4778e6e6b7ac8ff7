"""Which revisions the contents of git objects declare."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from fidesdev.adapters.git import read_objects
from fidesdev.adapters.refs import BlobFile
from fidesdev.core.recovery import FoundSource, found_source

_DECLARATION = re.compile(rb"""^revision\b[^=\n]*=[ \t]*['"]([^'"\n]+)['"]""", re.MULTILINE)
"""What nearly every revision file has."""
_AT_ONCE = 500
"""Contents that are held in memory together."""


def declaring(
    folder: Path, files: Sequence[BlobFile], ids: frozenset[str], *, until: float
) -> Iterator[tuple[str, FoundSource]]:
    """Object and source of each file that declares one of the revisions.

    `until` is a time of the monotonic clock; raises `GitUnavailable` when it is over.
    """
    names = b"|".join(re.escape(id_.encode()) for id_ in sorted(ids))
    mention = re.compile(b"""['"](?:%b)['"]""" % names)
    named = tuple(f"{id_}.py" for id_ in ids)  # Alembic takes an id from the name, if need be
    for start in range(0, len(files), _AT_ONCE):
        paths = dict(files[start : start + _AT_ONCE])
        for blob, text in read_objects(folder, paths, seconds=until - time.monotonic()):
            if mention.search(text) or paths[blob].endswith(named):
                found = found_source(text, path=paths[blob], place="")
                if found and found.revision.id in ids:
                    yield blob, found


def declared(
    folder: Path, files: Sequence[BlobFile], *, seconds: float
) -> dict[str, list[tuple[str, bytes]]]:
    """By id: path and text of the files that seem to declare it."""
    paths = dict(files)
    texts: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for blob, text in read_objects(folder, paths, seconds=seconds):
        for id_ in _DECLARATION.findall(text):
            texts[id_.decode(errors="replace")].append((paths[blob], text))
    return texts
