"""Our files in folders that others may have filled: no link is followed, nobody else may write."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fidesdev.adapters.cleaning_log import note_cleaning
from fidesdev.adapters.hook_files import read_hook, write_hook
from fidesdev.adapters.journal_file import FileJournal
from fidesdev.adapters.new_files import new_file
from fidesdev.adapters.output_files import opened_target
from fidesdev.adapters.own_compose import write_own_file
from fidesdev.adapters.rebase_log import open_log
from fidesdev.adapters.rebase_notes import write_notes
from fidesdev.adapters.revision_cache import write_cache
from fidesdev.adapters.revision_rewriting import Rewrite, publish, stage
from fidesdev.adapters.trial_results import NAME, TrialResults
from fidesdev.core.journal import Origin
from fidesdev.errors import FidesdevError

Write = Callable[[Path], object]
ORIGIN = Origin("me", "here", None, None, None, "1")


def export(path: Path) -> None:
    """A file of rows, as `snapshot export` writes it."""
    with new_file(path / "rows.dump", replace=True) as part:
        part.write_bytes(b"rows")


def output(path: Path) -> None:
    """A file of rows, as `requests export` writes it."""
    with opened_target(path / "rows.csv", lambda _bytes: None) as target:
        target.write(b"rows")


def rebase(folder: Path) -> None:
    """The log that a rebase keeps, which is gone after it."""
    with open_log(folder):
        pass


WRITERS: dict[str, Write] = {
    "revisions.json.new": lambda folder: write_cache(folder / "revisions.json", {}),
    "rebased-files.new": lambda folder: write_notes(folder, [{"a": 1}]),
    "cleanings": lambda folder: note_cleaning(folder / "cleanings", datetime.now(UTC), "x"),
    "journal": lambda folder: FileJournal(folder / "journal").begin("x", frozenset(), ORIGIN, ()),
    "rebase.json": rebase,
    f"{NAME}.new": lambda folder: TrialResults(folder, {}).close(),
    ".rows.dump.PID.part": export,
    "docker/compose.yaml.PID": lambda folder: write_own_file(folder, {}),
    "pre-commit.fidesdev-PID": lambda folder: write_hook(
        read_hook(folder / "pre-commit"), b"#!/bin/sh\n"
    ),
}
"""What is written, under the name that can be foreseen."""
PRIVATE = {"rows.dump", "rows.csv", "compose.yaml"}


@pytest.fixture(params=[0o000, 0o077], ids=["umask 000", "umask 077"])
def _masked(request: pytest.FixtureRequest) -> Iterator[None]:
    """The umask while the test runs."""
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.parametrize("name", WRITERS)
def test_a_link_under_the_name_of_a_file_of_ours_is_not_followed(tmp_path: Path, name: str) -> None:
    victim, folder = tmp_path / "victim", tmp_path / "folder"
    victim.write_bytes(b"precious")
    link = folder / name.replace("PID", str(os.getpid()))
    link.parent.mkdir(parents=True)
    link.symlink_to(victim)
    with suppress(FidesdevError, OSError):  # some refuse, others put a file in its place
        WRITERS[name](folder)
    assert victim.read_bytes() == b"precious"
    assert not victim.stat().st_mode & 0o111


@pytest.mark.usefixtures("_masked")
def test_nobody_else_may_write_what_is_ours_nor_read_rows(tmp_path: Path) -> None:
    folder = tmp_path / "home" / ".fidesdev"
    for write in (*WRITERS.values(), output):
        write(folder)
    made = [folder, *folder.rglob("*")]
    assert {path.name for path in made} >= PRIVATE
    assert [path.name for path in made if path.stat().st_mode & 0o022] == []
    for path in made:
        if path.name in PRIVATE:
            assert path.stat().st_mode & 0o077 == 0


def test_a_revision_file_that_leads_out_of_the_project_is_changed_here_alone(
    tmp_path: Path,
) -> None:
    outside, here = tmp_path / "outside.py", tmp_path / "a.py"
    outside.write_bytes(b"old")
    here.symlink_to(outside)
    (tmp_path / ".a.py.rebase").symlink_to(outside)
    rewrites = [Rewrite(here, b"old", b"new", here)]
    stage(rewrites)
    publish(rewrites, lambda _rewrite: None)
    assert (outside.read_bytes(), here.read_bytes()) == (b"old", b"new")
