"""The tables inside `[fidesdev]` with typed keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.config import Flags, load_settings
from fidesdev.config.settings import DockerSettings, Settings, SnapshotSettings
from fidesdev.config.tables import bytes_of
from fidesdev.errors import UnknownKey, WrongType


def read(folder: Path, text: str, **environ: str) -> Settings:
    (folder / ".fides.toml").write_text(text)
    return load_settings(Flags(directory=folder), environ, folder)


def test_without_a_table_the_defaults_hold(tmp_path: Path) -> None:
    settings = read(tmp_path, "[fidesdev]\n")

    assert (settings.tool.snapshots, settings.tool.docker) == (SnapshotSettings(), DockerSettings())


def test_what_a_table_says_replaces_its_default(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "[fidesdev.snapshots]\nkeep = 2\nmax_size = '500MB'\n"
        "[fidesdev.docker]\nfiles = ['one.yml', 'two.yml']\n",
    )

    assert settings.tool.snapshots == SnapshotSettings(keep=2, max_size=500 * 1024**2)
    assert settings.tool.docker == DockerSettings(files=("one.yml", "two.yml"))


def test_the_environment_gives_a_table_as_json(tmp_path: Path) -> None:
    settings = read(tmp_path, "", FIDES__FIDESDEV__SNAPSHOTS='{"automatic": false}')

    assert settings.tool.snapshots == SnapshotSettings(automatic=False)


def test_an_unknown_key_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownKey) as raised:
        read(tmp_path, "[fidesdev.snapshots]\nspare = 2\n")

    assert "fidesdev.snapshots.spare" in str(raised.value)
    assert "spares" in str(raised.value.hint)


@pytest.mark.parametrize(
    "line",
    ["spares = -1", "spares = true", "keep = '2'", "automatic = 1", "max_size = '1 mile'"],
)
def test_a_wrong_type_is_named_with_its_key(tmp_path: Path, line: str) -> None:
    with pytest.raises(WrongType, match=f"fidesdev.snapshots.{line.split(maxsplit=1)[0]}"):
        read(tmp_path, f"[fidesdev.snapshots]\n{line}\n")


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongType, match=r"fidesdev\.docker"):
        read(tmp_path, "[fidesdev]\ndocker = 'yes'\n")


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("10", 10), ("1kB", 1024), ("1.5 GiB", 3 * 1024**3 // 2), ("2tb", 2 * 1024**4)],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert bytes_of(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-1", "1 XB", "1e9"])
def test_other_text_is_no_size(text: str) -> None:
    assert bytes_of(text) is None
