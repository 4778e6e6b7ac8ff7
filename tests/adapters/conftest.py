"""Embedded servers for tests: one that the tests of a file share, and new ones."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fidesdev.adapters import embedded
from fidesdev.core.server import EmbeddedServer
from tests.adapters.embedding import remove


@pytest.fixture(scope="module")
def shared_home() -> Iterator[Path]:
    """A directory whose cluster the tests of this file share; each starts the server itself."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "project é" / ".fidesdev" / "postgres"
        yield home
        remove(home)


@pytest.fixture
def running(shared_home: Path) -> EmbeddedServer:
    """The running server of `shared_home`."""
    return embedded.start(shared_home, os.environ, user="fides", databases=("fides",))


@pytest.fixture
def new_home(tmp_path: Path) -> Iterator[Path]:
    """A directory for a cluster of the test's own."""
    home = tmp_path / ".fidesdev" / "postgres"
    yield home
    remove(home)
