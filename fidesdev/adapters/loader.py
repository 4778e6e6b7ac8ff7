"""Revision files to a `RevisionGraph`; a file is read only when it is new or changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fidesdev.adapters.revision_cache import Entry, read_cache, write_cache
from fidesdev.adapters.revision_files import RevisionFile, Unreadable, list_revision_files
from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.errors import GraphError

if TYPE_CHECKING:
    from fidesdev.adapters.alembic_config import AlembicConfig
    from fidesdev.core.header import Header

Evaluate = Callable[[Path], Mapping[str, object]]
"""Runs one revision file and returns its four identifiers."""

_SETTLED = 2_000_000_000
"""Nanoseconds after which a change shows in the time stamp: FAT counts in steps of two seconds."""


def load_graph(
    config: AlembicConfig,
    *,
    root: Path,
    cache: Path | None,
    evaluate: Evaluate | None = None,
) -> RevisionGraph:
    """The revisions of a checkout; raises one `GraphError` that names all that is wrong in them.

    `root` is the project folder, which paths are relative to. `evaluate` is asked about a file
    whose header is no literal; without it such a file is an error. The cache is only ever an aid:
    one that cannot be read or written is done without.
    """
    reading = _Reading(read_cache(cache) if cache else {}, evaluate)
    revisions = []
    for found in list_revision_files(config.version_locations, root, recursive=config.recursive):
        if isinstance(found, Unreadable):
            reading.problems.append(f"{found.shown}: {found.reason}")
        elif revision := reading.revision(found):
            revisions.append(revision)
    if cache and reading.fresh != reading.kept:
        write_cache(cache, reading.fresh)
    return _build(revisions, reading.problems)


class _Reading:
    """One pass over the files: what was kept, what is to be kept, and what went wrong."""

    def __init__(self, kept: Mapping[str, Entry], evaluate: Evaluate | None) -> None:
        self.kept = kept
        self.fresh: dict[str, Entry] = {}
        self.problems: list[str] = []
        self._evaluate = evaluate
        self._now = time.time_ns()

    def revision(self, file: RevisionFile) -> Revision | None:
        """What the file declares; after a problem, as much of it as others may refer to."""
        entry = self.kept.get(file.path)
        if entry is None or entry[0] != file.stamp:
            return self._read(file)
        self.fresh[file.path] = entry
        return _revision(entry, file.shown)

    def _read(self, file: RevisionFile) -> Revision | None:
        from fidesdev.core.header import HeaderError, read_header

        try:
            path = Path(file.path)
            header = read_header(path.read_bytes(), name=path.name)
        except OSError as error:
            self.problems.append(f"{file.shown}: {error.strerror}")
            return None
        except HeaderError as error:
            self.problems.append(f"{file.shown}:{error.line}: {error}")
            return Revision(error.likely_id, path=file.shown) if error.likely_id else None
        if header.computed:
            return self._evaluated(header, file)
        entry = _entry(header, file)
        if abs(self._now - file.stamp[0]) > _SETTLED:
            self.fresh[file.path] = entry
        return _revision(entry, file.shown)

    def _evaluated(self, header: Header, file: RevisionFile) -> Revision | None:
        """The revision of a file that had to be run; such a result may be another one tomorrow."""
        from fidesdev.core.header import with_values

        try:
            if self._evaluate is None:
                raise RuntimeError("nothing here may run the file")
            header = with_values(header, self._evaluate(Path(file.path)))
        except (Exception, SystemExit) as error:  # a migration can raise whatever it likes
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            names = " and ".join(header.computed)
            self.problems.append(f"{file.shown}:{header.line}: {names} is no literal, and {reason}")
        return _revision(_entry(header, file), file.shown) if header.revision else None


def _entry(header: Header, file: RevisionFile) -> Entry:
    """What the cache keeps of a file."""
    lists = (list(header.parents), list(header.depends_on), list(header.labels))
    return [file.stamp, header.revision, *lists, header.message, header.created]


def _revision(entry: Entry, path: str) -> Revision:
    _stamp, id_, parents, depends_on, labels, message, created = entry
    lists = (tuple(parents), tuple(depends_on), tuple(labels))
    return Revision(id_, *lists, message, path, created)


def _build(revisions: list[Revision], problems: list[str]) -> RevisionGraph:
    """The graph, unless reading the files or joining them found something wrong."""
    try:
        graph = RevisionGraph.build(revisions)
    except GraphError as error:
        if not problems:
            raise
        problems = [*problems, *error.facts["problems"]]
    if problems:
        raise GraphError(tuple(problems))
    return graph
