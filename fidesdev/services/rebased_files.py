"""The files that a rebase rewrites: new parents, conflicts solved, names renewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from fidesdev.adapters.revision_rewriting import Rewrite
from fidesdev.core.header import HeaderError
from fidesdev.core.hooks import HEAD_FILE, head_file_text, is_stale
from fidesdev.core.rebase_planning import Arrangement
from fidesdev.core.rebase_reports import MovedRevision
from fidesdev.core.renaming import renewed_names
from fidesdev.core.rewriting import moved_header
from fidesdev.errors import GraphError
from fidesdev.services.own_revisions import Sides
from fidesdev.services.workspace import Workspace


def renewed(sides: Sides, arrangement: Arrangement) -> Mapping[str, str]:
    """New names of files that would sort wrongly, by revision."""
    if not arrangement.moved:
        return {}
    above = arrangement.graph.descendants(arrangement.moved)
    names = {one.id: one.path.rpartition("/")[2] for one in sides.revisions}
    own = {id_: names[id_] for id_ in arrangement.graph.order if id_ in above}
    others = {id_: name for id_, name in names.items() if id_ not in above}
    below = (others[id_] for id_ in arrangement.graph.parents(own) if id_ in others)
    return renewed_names(own, below, others.values(), datetime.now())


def rewritten(
    workspace: Workspace, sides: Sides, arrangement: Arrangement, names: Mapping[str, str]
) -> Iterator[tuple[str, Rewrite]]:
    """Each revision whose file changes, lower ones first."""
    root = workspace.settings.project
    paths = {one.id: (root / one.path).resolve() for one in sides.revisions}
    parents = {one.revision: one.new_parents for one in arrangement.rebase.moves}
    for id_ in dict.fromkeys([*parents, *sides.solved, *names]):
        path = paths[id_]
        before = path.read_bytes()
        after = sides.solved.get(id_, before)
        if id_ in parents:
            after = _with_parents(path, after, parents[id_])
        yield id_, Rewrite(path, before, after, path.with_name(names.get(id_, path.name)))


def head_file(workspace: Workspace, arrangement: Arrangement) -> Iterator[Rewrite]:
    """The file that names the heads, if the project has one that will be stale."""
    path = (workspace.alembic.script_location / HEAD_FILE).resolve()
    if arrangement.own and path.is_file():
        before, heads = path.read_bytes(), arrangement.graph.heads
        if is_stale(before.decode(errors="replace"), heads):
            yield Rewrite(path, before, head_file_text(heads).encode(), path)


def _with_parents(path: Path, text: bytes, parents: tuple[str, ...]) -> bytes:
    try:
        return moved_header(text, parents, name=path.name)
    except HeaderError as error:
        raise GraphError((f"{path}:{error.line}: {error}",)) from error


def moved_revisions(
    sides: Sides, arrangement: Arrangement, rewrites: Mapping[str, Rewrite]
) -> Iterator[MovedRevision]:
    paths = {one.id: one.path for one in sides.revisions}
    changes = {one.revision: one for one in arrangement.rebase.moves}
    for id_, rewrite in rewrites.items():
        parents = arrangement.graph.revisions[id_].parents
        change = changes.get(id_)
        old = change.old_parents if change else parents
        new_path = None
        if rewrite.new_path != rewrite.path:
            new_path = paths[id_].rpartition("/")[0] + "/" + rewrite.new_path.name
        if change or new_path:
            yield MovedRevision(id_, paths[id_], old, parents, new_path)
