"""What was read of a file is used until the file changes, and no cache can make a graph wrong."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fidesdev.core.graph import RevisionGraph
from tests.adapters.revision_trees import load, make_project, revision, settle, write

COUNT = 60


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A chain of revisions that changed long ago."""
    project = make_project(tmp_path / "project")
    for number in range(COUNT):
        down = f"r{number - 1:02}" if number else None
        body = "def upgrade():\n    pass\n" + "# filling\n" * 50
        write(project, f"r{number:02}_add.py", revision(f"r{number:02}", down, body))
    return project


@pytest.fixture
def cache(project: Path) -> Path:
    """The cache of `project`, filled."""
    cache = project / ".fidesdev" / "revisions.json"
    load(project, cache=cache)
    assert cache.is_file()
    return cache


def messages(graph: RevisionGraph) -> set[str]:
    return {revision.message for revision in graph.revisions.values()}


def overwrite(path: Path, old: str, new: str) -> None:
    """Change the text in place, so that size and inode stay."""
    assert len(old) == len(new)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_second_load_gives_the_same_graph(project: Path, cache: Path) -> None:
    assert load(project, cache=cache) == load(project)


def test_an_unchanged_file_is_not_read_again(project: Path, cache: Path) -> None:
    path = project / "migrations/versions/r00_add.py"
    overwrite(path, "Add r00", "Rob r00")
    settle(path)  # size, inode and time are as before: there is nothing to see from outside
    assert "Rob r00" not in messages(load(project, cache=cache))
    assert "Rob r00" in messages(load(project))


def change_time(path: Path) -> None:
    settle(path, seconds=1_500_000_001)


def change_size(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    settle(path)


def change_inode(path: Path) -> None:
    copy = path.with_suffix(".new")
    copy.write_bytes(path.read_bytes())
    settle(copy)
    copy.replace(path)


@pytest.mark.parametrize("change", [change_time, change_size, change_inode])
def test_a_file_that_changed_in_any_way_is_read_again(
    project: Path, cache: Path, change: Callable[[Path], None]
) -> None:
    path = project / "migrations/versions/r00_add.py"
    overwrite(path, "Add r00", "Rob r00")
    change(path)
    assert "Rob r00" in messages(load(project, cache=cache))


def test_a_file_that_changed_just_now_is_not_kept(project: Path, cache: Path) -> None:
    path = write(project, "new.py", revision("new", f"r{COUNT - 1}"))
    now = time.time_ns()
    os.utime(path, ns=(now, now))
    load(project, cache=cache)
    overwrite(path, "Add new", "Rob new")
    os.utime(path, ns=(now, now))  # a second change within one tick of the file system's clock
    assert "Rob new" in messages(load(project, cache=cache))


def test_a_file_that_is_gone_is_forgotten(project: Path, cache: Path) -> None:
    path = project / f"migrations/versions/r{COUNT - 1}_add.py"
    path.unlink()
    assert load(project, cache=cache) == load(project)
    assert path.name.encode() not in cache.read_bytes()


def test_nothing_is_written_when_nothing_changed(project: Path, cache: Path) -> None:
    before = cache.stat()
    load(project, cache=cache)
    after = cache.stat()  # whose access time may well be another one
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_had_to_be_run_is_never_kept(project: Path, cache: Path) -> None:
    path = write(project, "z.py", revision("z", f"r{COUNT - 1}", "branch_labels = LABEL"))
    asked = []

    def evaluate(file: Path) -> Mapping[str, object]:
        asked.append(file)
        return {"branch_labels": f"answer{len(asked)}"}

    for answer in ("answer1", "answer2"):
        found = load(project, cache=cache, evaluate=evaluate)
        assert found.revisions["z"].labels == (answer,)
    assert asked == [path, path]


def test_the_cache_s_folder_is_made_and_hidden_from_git(project: Path, cache: Path) -> None:
    assert (cache.parent / ".gitignore").read_text(encoding="utf-8") == "*\n"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"{}",
        b"\xff\xfe\x00",
        b'{"version": 1, "files": []}',
        b"fidesdev 0.0.0 revisions 1 00000000\n{}",
    ],
)
def test_a_foreign_cache_is_replaced(project: Path, cache: Path, text: bytes) -> None:
    whole = cache.read_bytes()
    cache.write_bytes(text)
    assert load(project, cache=cache) == load(project)
    assert cache.read_bytes() == whole


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(data=st.data())
def test_a_damaged_cache_is_never_believed(project: Path, cache: Path, data: st.DataObject) -> None:
    load(project, cache=cache)
    whole = cache.read_bytes()
    position = data.draw(st.integers(0, len(whole) - 1))
    damage = data.draw(st.sampled_from([b"", b"7", b"[", b"\n", b"\xff"]))
    cache.write_bytes(whole[:position] + damage + whole[position + 1 :])
    assert load(project, cache=cache) == load(project)


def test_a_torn_cache_is_never_believed(project: Path, cache: Path) -> None:
    whole = cache.read_bytes()
    for length in range(0, len(whole), 499):
        cache.write_bytes(whole[:length])
        assert len(load(project, cache=cache).revisions) == COUNT


def test_a_cache_that_cannot_be_written_is_done_without(project: Path) -> None:
    in_the_way = write(project, "file", "", folder=".")
    assert len(load(project, cache=in_the_way / "revisions.json").revisions) == COUNT
    folder = project / "folder"
    folder.mkdir()
    assert len(load(project, cache=folder).revisions) == COUNT
    assert list(folder.parent.glob("folder.*")) == []


def test_a_name_that_is_no_unicode_is_kept_too(project: Path, cache: Path) -> None:
    try:
        path = write(project, os.fsdecode(b"z\xff.py"), revision("z", f"r{COUNT - 1}"))
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    load(project, cache=cache)
    assert load(project, cache=cache).revisions["z"].path.endswith(path.name)


def test_several_commands_at_once_leave_a_whole_cache(project: Path, cache: Path) -> None:
    code = (
        "import pathlib, sys\n"
        "from tests.adapters.revision_trees import load\n"
        "project, cache = map(pathlib.Path, sys.argv[1:])\n"
        "for turn in range(20):\n"
        "    cache.unlink(missing_ok=True)\n"
        f"    assert len(load(project, cache=cache).revisions) == {COUNT}\n"
    )
    whole = cache.read_bytes()
    command = [sys.executable, "-c", code, str(project), str(cache)]
    root = Path(__file__).parents[2]
    running = [subprocess.Popen(command, cwd=root) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    load(project, cache=cache)
    assert cache.read_bytes() == whole
    assert sorted(path.name for path in cache.parent.iterdir()) == [".gitignore", cache.name]


def test_a_warm_load_parses_nothing(project: Path, cache: Path) -> None:
    code = (
        "import sys, pathlib; from fidesdev.adapters import alembic_config, loader;"
        f"project = pathlib.Path({str(project)!r});"
        "config = alembic_config.read_alembic_config(project / 'alembic.ini');"
        f"loader.load_graph(config, root=project, cache=pathlib.Path({str(cache)!r}));"
        "print({'alembic', 'sqlalchemy', 'fidesdev.core.header'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"


def test_what_a_killed_command_was_writing_is_gone_with_the_next(
    project: Path, cache: Path
) -> None:
    kept = cache.read_bytes()
    unfinished = cache.with_name("revisions.json.new")
    unfinished.write_bytes(b"fidesdev" * 1000)
    cache.unlink()
    load(project, cache=cache)
    assert cache.read_bytes() == kept
    assert not unfinished.exists()


def test_cache_that_another_command_writes_is_left_to_it(project: Path, cache: Path) -> None:
    cache.unlink()
    unfinished = cache.with_name("revisions.json.new")
    with unfinished.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert load(project, cache=cache).revisions
        assert not cache.exists()
        assert unfinished.exists()
