"""Writes into README and docs what their commands show now, and takes the pictures anew.

    python -m docs.refresh [PAGE]...       without a page: all of them, and the pictures

What differs only in times, ids and the like is left as it is. Read the changes before committing:
a page may have to say something else now. The server is `FIDESDEV_TEST_POSTGRES`, as in the tests,
or an embedded one that is stopped at the end.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fidesdev.adapters import embedded
from fidesdev.core.url import DatabaseUrl, parse_url
from tests import places
from tests.conftest import ADMIN_VARIABLE
from tests.documents import ROOT, Block, pages, programs, runs, same
from tests.places import Place


def main(names: Sequence[str]) -> None:
    """Refresh the pages named, or everything."""
    chosen = [ROOT / name for name in names] or list(pages())
    with tempfile.TemporaryDirectory() as folder, server() as url, ExitStack() as stack:
        made = _Made(Path(folder), url, stack)
        for page in chosen:
            for place, shown in runs(page):
                with made.place(place) as here:
                    _refresh(page, shown, here)


@contextmanager
def server() -> Iterator[DatabaseUrl]:
    """A PostgreSQL on which databases may be made."""
    if named := os.environ.get(ADMIN_VARIABLE):
        yield parse_url(named)
        return
    with tempfile.TemporaryDirectory() as folder:
        running = embedded.start(Path(folder) / "postgres", os.environ)
        try:
            yield running.url("postgres")
        finally:
            embedded.stop(Path(folder) / "postgres")


@dataclass
class _Made:
    """The places that pages share: one clone, and one shop of which each gets a copy."""

    folder: Path
    url: DatabaseUrl
    stack: ExitStack
    known: dict[str, Place] = field(default_factory=dict)

    @contextmanager
    def place(self, name: str) -> Iterator[Place]:
        if name not in self.known:
            self.known[name] = self.stack.enter_context(self._first(name))
        if name == "clone":
            yield self.known[name]
            return
        with (
            tempfile.TemporaryDirectory() as folder,
            places.copied(self.known[name], Path(folder) / "shop", self.url) as place,
        ):
            yield place

    def _first(self, name: str) -> AbstractContextManager[Place]:
        bin_ = programs(self.folder / "bin")
        if name == "clone":
            return places.clone(self.folder / "fidesdev", bin_)
        return places.shop(self.folder / "shop", bin_, self.url)


def _refresh(page: Path, shown: Sequence[Block], place: Place) -> None:
    text = page.read_text(encoding="utf-8")
    for block in shown:
        text = text.replace(block.text, _answered(block, place), 1)
    page.write_text(text, encoding="utf-8")


def _answered(block: Block, place: Place) -> str:
    """The block with what its commands show; what is the same but for times stays."""
    lines = []
    for command, expected in block.commands():
        shown = place.type(command)
        kept = expected if same(shown) == same(expected) else shown.rstrip("\n") + "\n"
        lines.append("$ " + command.replace("\n", "\n> ") + "\n" + (kept if kept.strip() else ""))
    return "".join(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
