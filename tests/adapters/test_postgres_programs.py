"""Where the programs are looked for, with real bin directories."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fidesdev.adapters.postgres_programs import VARIABLE, WHEEL, candidates, find_programs
from fidesdev.errors import ServerMissing

NO_WHEEL = """
import sys
sys.path = [path for path in sys.path if not path.endswith("site-packages")] + [sys.argv[1]]
from fidesdev.adapters.postgres_programs import candidates
print(*candidates({"PATH": sys.argv[2]}), sep="\\n")
"""


def programs_of_some_build() -> Path:
    return find_programs(os.environ).directory


def test_the_named_directory_wins() -> None:
    named = programs_of_some_build()
    assert find_programs({VARIABLE: str(named), "PATH": "/nowhere"}).directory == named


def test_a_named_directory_without_programs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ServerMissing, match=VARIABLE) as caught:
        find_programs({**os.environ, VARIABLE: str(tmp_path)})
    assert "pip install 'fidesdev[embedded]'" in str(caught.value.hint)


def test_programs_that_do_not_run_are_refused(tmp_path: Path) -> None:
    for name in ("initdb", "postgres"):
        (tmp_path / name).write_bytes(b"\x7fELF of another machine")
        (tmp_path / name).chmod(0o755)
    with pytest.raises(ServerMissing):
        find_programs({VARIABLE: str(tmp_path)})


def test_version_is_that_of_the_programs() -> None:
    found = find_programs(os.environ)
    said = subprocess.run(
        [found.directory / "postgres", "-V"], capture_output=True, text=True, check=True
    ).stdout
    assert f" {found.version}" in said
    assert found.version.startswith(found.major)


def test_the_wheel_comes_first_and_is_not_imported() -> None:
    first = next(candidates({"PATH": ""}))
    assert first.parts[-3:] == (WHEEL, "pginstall", "bin")
    assert WHEEL not in sys.modules


def test_without_the_wheel_pg_ctl_on_path_is_followed_to_its_directory(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "pg_ctl").symlink_to(programs_of_some_build() / "pg_ctl")
    root = Path(__file__).parents[2]
    output = subprocess.run(
        [sys.executable, "-S", "-c", NO_WHEEL, root, elsewhere],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin"},
    ).stdout
    assert output.splitlines()[0] == str(programs_of_some_build().resolve())
