"""Projects whose hooks are installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hooked import Hooked, make_hooked


@pytest.fixture
def hooked(tmp_path: Path) -> Hooked:
    """The hooks are installed; the database is a SQLite file."""
    made = make_hooked(tmp_path / "project")
    made.install()
    return made


@pytest.fixture
def synced(hooked: Hooked) -> Hooked:
    """The database follows without a question, and is at main."""
    hooked.on_switch("sync")
    assert hooked.fidesdev("db", "upgrade").code == 0
    return hooked
