"""The first of the random commands of `python -m tests.soak`."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.soak import Broken, opened


def test_twenty_random_commands_leave_nothing_behind(tmp_path: Path, server: DatabaseUrl) -> None:
    with opened(tmp_path / "soak", server, seed=1) as soak:
        soak.go_on(20)
    assert sum(soak.done.values()) >= 20


def test_what_is_broken_or_left_is_seen(tmp_path: Path) -> None:
    with opened(tmp_path / "soak", None, seed=1) as soak:
        soak.check_leaks()
        left = soak.temporary / "left"
        left.touch()
        with pytest.raises(Broken, match="temporary files are left"):
            soak.check_leaks()
        left.unlink()
        soak.project.sql("DROP TABLE t_comm")
        with pytest.raises(Broken, match="the version table says"):
            soak.check()
