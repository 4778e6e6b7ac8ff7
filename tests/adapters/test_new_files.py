"""Files that appear when they are complete."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fidesdev.adapters.new_files import new_file
from fidesdev.errors import AlreadyExists, TransferFailed


def test_file_appears_at_the_end_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with new_file(path, replace=False) as part:
        part.write_text("all of it")
        assert not path.exists()
    assert path.read_text() == "all of it"
    assert list(tmp_path.iterdir()) == [path]


def test_block_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    with pytest.raises(TypeError), new_file(path, replace=True) as part:
        part.write_text(b"no text")  # type: ignore[arg-type]
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_file_that_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with pytest.raises(AlreadyExists), new_file(path, replace=False):
        path.write_text("theirs")
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_part_of_a_killed_run_is_removed_by_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "x"
    running = tmp_path / f".x.{os.getppid()}.part"
    for part in (tmp_path / ".x.999999999.part", running):
        part.write_text("half")
    with new_file(path, replace=False) as part:
        part.write_text("whole")
    assert sorted(tmp_path.iterdir()) == sorted([path, running])


def test_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(TransferFailed, match="cannot write"),
        new_file(tmp_path / "file" / "x", replace=False),
    ):
        pass
