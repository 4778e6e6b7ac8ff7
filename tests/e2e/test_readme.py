"""A person who copies the README's commands sees what it shows."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fidesdev.cli.app import GROUPS, program
from fidesdev.cli.invocation import run

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
KNOWN = "34c392c804d0|8d926ee6b558|72c2e601cc30|ac0c8fa8aaf2"
VARIES = (
    (rf"\b(?!{KNOWN})[0-9a-f]{{12}}\b", "REVISION"),
    (rf"\d{{4}}_\d\d_\d\d_\d{{4}}_(?!{KNOWN})\w+?_", "FILE_"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME"),
    (r"(?<=Checkout  ).*", "BRANCH"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"postgresql \d+(\.\d+)?", "postgresql VERSION"),
    (r"\d{4}-\d\d-\d\d(?!_|T18)", "DATE"),
    (r"DATE-\d{6}", "DATE-TIME"),
    (r"\d+\.\d\d s\b", "SECONDS"),
    (r"taken \(.*?\)", "taken (SIZE, SECONDS)"),
    (r"(?<=--after )\S+", "CURSOR"),
    (r"(DATE +DATE) +-?\d+$", r"\1 DAYS"),
    (r" +(\d+)$", r" \1"),
)
"""What may differ from one machine or day to the next, and what stands for it."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clone of this repository in which `fidesdev quickstart` has run."""
    clone = tmp_path_factory.mktemp("readme") / "fidesdev"
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, check=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name)
    for command in ("git init -q -b main", "git add -A", "git commit -q -m Begin"):
        typed(command, clone)
    assert "Inserted 21 requests" in typed("fidesdev quickstart", clone)
    yield clone
    typed("fidesdev db stop", clone)


def test_tour_shows_what_happens(checkout: Path) -> None:
    examples = [example for block in BLOCK.findall(README) for example in split(block)]
    assert len(examples) > 5
    for command, expected in examples:
        assert same(typed(command, checkout)) == same(expected), command


def test_second_quickstart_changes_nothing(checkout: Path) -> None:
    again = typed("fidesdev quickstart", checkout)
    assert "Nothing to do: the database is at" in again
    assert again.count("pri_") == 21


def test_every_command_of_the_reference_exists(capsys: pytest.CaptureFixture[str]) -> None:
    table = README.partition("## Reference")[2].partition("Every command")[0]
    for cell in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE):
        group = ""
        for code in re.findall(r"`([^`]+)`", cell):
            words = code.split()
            if words[0] in GROUPS and words[1:2] and words[1].isidentifier():
                group, words = words[0], words[1:]
            verb = [group, words[0]] if group else [words[0]]
            assert run(program, [*verb, "--help"]) == 0, verb
            assert capsys.readouterr().out.startswith(f"Usage: fidesdev {' '.join(verb)} ")


AUTHOR = {
    f"GIT_{role}_{what}": f"someone{at}"
    for role in ("AUTHOR", "COMMITTER")
    for what, at in (("NAME", ""), ("EMAIL", "@example.org"))
}
PROGRAM = [sys.executable, "-m", "fidesdev"]


def split(block: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with what the block shows after it."""
    for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, expected = example.partition("\n")
        yield command, expected


def typed(command: str, folder: Path) -> str:
    """What a person would see: both streams, in the order of writing, nobody to answer."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("FIDES", "DATABASE_URL"))}
    if "FIDESDEV_PG_BIN" in os.environ:
        environ["FIDESDEV_PG_BIN"] = os.environ["FIDESDEV_PG_BIN"]
    words = shlex.split(command)
    done = subprocess.run(
        [*PROGRAM, *words[1:]] if words[0] == "fidesdev" else words,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**environ, **AUTHOR, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    return done.stdout


def same(text: str) -> str:
    """The text with what may differ replaced."""
    for pattern, stands_for in VARIES:
        text = re.sub(pattern, stands_for, text, flags=re.MULTILINE)
    return text.strip()
