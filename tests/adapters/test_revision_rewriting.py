"""Files exchanged for new ones, and put back."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from fidesdev.adapters.rebase_log import open_log, was_cut_short
from fidesdev.adapters.rebase_notes import read_notes, write_notes
from fidesdev.adapters.revision_rewriting import (
    Rewrite,
    discard,
    is_published,
    publish,
    restore,
    stage,
)
from fidesdev.errors import NotWritten, RebaseRunning, RevisionChanged

OLD, NEW = b"down_revision = 'a'\r\n", b"down_revision = 'b'\r\n"


@pytest.fixture
def rewrites(tmp_path: Path) -> tuple[Rewrite, ...]:
    """Two files, of which one is renamed."""
    made = []
    for name, new_name in (("one.py", "one.py"), ("[two].py", "three.py")):
        path = tmp_path / name
        path.write_bytes(OLD)
        path.chmod(0o604)
        made.append(Rewrite(path, OLD, NEW, tmp_path / new_name))
    return tuple(made)


def files(rewrites: tuple[Rewrite, ...]) -> dict[str, bytes]:
    folder = rewrites[0].path.parent
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def ignore(_rewrite: Rewrite) -> None:
    """Listen to nothing."""


def test_staged_texts_are_published_with_their_names_and_permissions(
    rewrites: tuple[Rewrite, ...],
) -> None:
    told: list[Rewrite] = []
    stage(rewrites)
    assert not any(is_published(one) for one in rewrites)

    publish(rewrites, told.append)

    assert files(rewrites) == {"one.py": NEW, "three.py": NEW}
    assert all(one.new_path.stat().st_mode & 0o777 == 0o604 for one in rewrites)
    assert told == list(rewrites)
    assert all(is_published(one) for one in rewrites)


@pytest.mark.parametrize("published", [0, 1, 2])
def test_restored_files_are_as_before(rewrites: tuple[Rewrite, ...], published: int) -> None:
    before = files(rewrites)
    stage(rewrites)
    publish(rewrites[:published], ignore)

    assert restore(rewrites) == ()

    assert files(rewrites) == before


def test_discarded_texts_leave_nothing(rewrites: tuple[Rewrite, ...]) -> None:
    before = files(rewrites)
    stage(rewrites)
    assert files(rewrites) != before
    discard(rewrites)
    assert files(rewrites) == before


def test_byte_code_goes_with_the_text_that_it_was_made_from(
    rewrites: tuple[Rewrite, ...],
) -> None:
    folder = rewrites[0].path.parent / "__pycache__"
    folder.mkdir()
    names = ("one.cpython-311.pyc", "one.cpython-313.opt-1.pyc", "[two].cpython-311.pyc")
    for name in (*names, "another.cpython-311.pyc", "t.cpython-311.pyc"):
        (folder / name).touch()

    stage(rewrites)
    publish(rewrites, ignore)

    assert {path.name for path in folder.iterdir()} == {
        "another.cpython-311.pyc",
        "t.cpython-311.pyc",
    }


def test_file_that_changed_is_neither_staged_nor_replaced(rewrites: tuple[Rewrite, ...]) -> None:
    stage(rewrites)
    rewrites[1].path.write_bytes(b"mine")
    with pytest.raises(RevisionChanged):
        publish(rewrites, ignore)
    assert restore(rewrites) == ()
    assert files(rewrites) == {"one.py": OLD, "[two].py": b"mine"}
    with pytest.raises(RevisionChanged):
        stage(rewrites)
    assert files(rewrites) == {"one.py": OLD, "[two].py": b"mine"}


def test_name_that_is_taken_is_not_overwritten(rewrites: tuple[Rewrite, ...]) -> None:
    rewrites[1].new_path.write_bytes(b"mine")
    with pytest.raises(RevisionChanged, match=r"three\.py"):
        stage(rewrites)


def test_text_that_cannot_be_staged_leaves_nothing(rewrites: tuple[Rewrite, ...]) -> None:
    before = files(rewrites)
    rewrites[1].staged.mkdir()
    with pytest.raises(NotWritten):
        stage(rewrites)
    assert files(rewrites) == before


def test_log_says_what_was_written_last(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        assert log.read() == {}
        log.write({"a": 1, "b": 1})
        log.write({"b": 2})
        assert log.read() == {"a": 1, "b": 2}
        assert not was_cut_short(tmp_path), "somebody is at it"
    assert was_cut_short(tmp_path)
    with (tmp_path / "rebase.json").open("a") as file:
        file.write('{"b": 3')
    with open_log(tmp_path) as log:
        assert log.read() == {"a": 1, "b": 2}, "a torn line counts as not there"
        log.remove()
    assert not was_cut_short(tmp_path)


def test_log_that_says_nothing_is_removed(tmp_path: Path) -> None:
    with open_log(tmp_path):
        pass
    assert not (tmp_path / "rebase.json").exists()


def test_log_has_one_owner(tmp_path: Path) -> None:
    with (tmp_path / "rebase.json").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(RebaseRunning), open_log(tmp_path):
            pass


def test_log_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotWritten), open_log(tmp_path / "file" / "folder"):
        pass


def test_notes_are_kept_until_there_are_none(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert read_notes(folder) == []
    write_notes(folder, [{"revision": "a"}])
    assert read_notes(folder) == [{"revision": "a"}]
    (folder / "rebased-files.json").write_text("torn")
    assert read_notes(folder) == []
    write_notes(folder, [])
    assert not (folder / "rebased-files.json").exists()
