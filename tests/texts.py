"""Revision files as the checks see them, from the notation of `tests.notation`."""

from __future__ import annotations

from fidesdev.core.revision_facts import FileFacts, RevisionText
from tests.notation import revisions


def texts(tree: str, **paths: str) -> list[RevisionText]:
    """One file for each revision; `paths` names those that are elsewhere than `versions/ID.py`."""
    return [
        text(one.id, *one.parents, needs=one.depends_on, labels=one.labels, path=paths.get(one.id))
        for one in revisions(tree)
    ]


def text(
    id_: str,
    *parents: str,
    needs: tuple[str, ...] = (),
    labels: tuple[str, ...] = (),
    path: str | None = None,
    body: str = "",
) -> RevisionText:
    """One file; another `body` is another text."""
    digest = repr((id_, parents, needs, labels, body))
    facts = FileFacts(digest, id_, parents, needs, labels, line=3, parents_line=4)
    return RevisionText(path or f"versions/{id_}.py", facts)
