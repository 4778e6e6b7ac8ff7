"""Projects on disk: a file, an environment and flags go in, settings come out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

from fidesdev.config import Flags, Settings, load_settings

NO_FLAGS = Flags()


class Load(Protocol):
    """Settings of a project whose `.fides.toml` holds the text."""

    def __call__(
        self, toml: str | None = None, environ: Mapping[str, str] = ..., flags: Flags = ...
    ) -> Settings: ...


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home directory, where the search for files ends."""
    return tmp_path.resolve()


@pytest.fixture
def project(home: Path) -> Path:
    """A repository's root under the home directory, without any file."""
    folder = home / "work" / "shop"
    (folder / ".git").mkdir(parents=True)
    return folder


@pytest.fixture
def load(home: Path, project: Path) -> Load:
    def loaded(
        toml: str | None = None, environ: Mapping[str, str] = {}, flags: Flags = NO_FLAGS
    ) -> Settings:
        if toml is not None:
            (project / ".fides.toml").write_text(toml, encoding="utf-8")
        return load_settings(flags, {"HOME": str(home), **environ}, project)

    return loaded
