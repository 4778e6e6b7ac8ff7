"""The fenced blocks of README and docs, and what a person sees who types their commands."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.shop import KNOWN

ROOT = Path(__file__).parents[1]
OURS = ("34c392c804d0", "8d926ee6b558", "72c2e601cc30", "ac0c8fa8aaf2")
"""The revisions of fidesdev's own migrations."""
_BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<reason>.*?) -->\n+)?```(?P<kind>\S*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_PLACE = re.compile(r"^<!-- runs in: (\w+) -->\n", re.MULTILINE)
_FIXED = "|".join((*OURS, *KNOWN.values()))
_VARIES = (
    (rf"(?<![0-9a-z])(?!{_FIXED})[0-9a-f]{{12}}(?![0-9a-z])", "REVISION"),
    (rf"\d{{4}}_\d\d_\d\d_\d{{4}}_(?!{_FIXED})\w+?_", "FILE_"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "TIME"),
    (r"(?<=Checkout  ).*", "BRANCH"),
    (r"postgres(:\*\*\*)?@127\.0\.0\.1:\d+", "postgres@127.0.0.1:PORT"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"postgresql \d+(\.\d+)?", "postgresql VERSION"),
    (r"\d{4}-\d\d-\d\d(?!_|T18)", "DATE"),
    (r"DATE-\d{6}", "DATE-TIME"),
    (r" in \d+(\.\d+)? (s|min)\b(?=\. The database)", ""),
    (r"\d+(\.\d+)? (s|ms|[kMG]B)\b", "AMOUNT"),
    (r"\d\.\d+(?=  done$)", "SECONDS"),
    (r"\b[\w.-]+@[\w-]+(?=  )", "WHO"),
    (r"((?:error|warning): [\w.]+(?: on \w+)?: )[^\[]*(\[[\w-]+\])$", r"\1ADVICE \2"),
    (r"taken \(.*?\)", "taken (SIZE, SECONDS)"),
    (r"(?<=--after )\S+", "CURSOR"),
    (r"(DATE +DATE) +-?\d+$", r"\1 DAYS"),
    (r"(?<=\S)  +", "  "),
    (r" +(\d+)$", r" \1"),
)
"""What may differ from one machine or day to the next, and what stands for it."""
_PROGRAMS = ("fidesdev", "alembic")
_AUTHOR = {
    f"GIT_{role}_{what}": f"someone{at}"
    for role in ("AUTHOR", "COMMITTER")
    for what, at in (("NAME", ""), ("EMAIL", "@example.org"))
}


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    page: str
    line: int
    kind: str
    """The word behind the backticks: `console`, `python`, `toml` ..."""
    text: str
    reason: str | None
    """Why it is not run."""
    place: str
    """Where it is run: `<!-- runs in: shop -->` stands above it, and starts a new one."""
    start: int
    """The line of that."""

    def commands(self) -> Iterator[tuple[str, str]]:
        """Each command of a console block with what the block shows after it.

        A line that begins with `> ` goes on with the command, as a shell shows it.
        """
        for example in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            lines = example.splitlines(keepends=True)
            count = 1
            while lines[count:] and lines[count].startswith("> "):
                count += 1
            yield "".join(lines[:count]).replace("\n> ", "\n").rstrip(), "".join(lines[count:])


def pages() -> tuple[Path, ...]:
    """README, CONTRIBUTING and every page of the documentation that people write."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "*.md"], capture_output=True, check=True, text=True
    )
    names = [name for name in listed.stdout.split("\0") if name and name != "CHANGELOG.md"]
    return tuple(ROOT / name for name in names if (ROOT / name).exists())


def blocks(page: Path) -> tuple[Block, ...]:
    """The blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    name = page.relative_to(ROOT).as_posix()
    return tuple(_block(found, name, text[: found.start()]) for found in _BLOCK.finditer(text))


def runs(page: Path) -> tuple[tuple[str, tuple[Block, ...]], ...]:
    """The blocks that are run, by the place that is made for them."""
    wanted = [one for one in blocks(page) if one.kind == "console" and one.reason is None]
    return tuple(
        (place, tuple(listed))
        for (place, _start), listed in groupby(wanted, lambda one: (one.place, one.start))
    )


def programs(folder: Path) -> Path:
    """The folder, now with the programs that the pages name, of this environment."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _PROGRAMS:
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m {name} "$@"\n')
        script.chmod(0o755)
    return folder


def typed(command: str, folder: Path, bin_: Path, variables: Mapping[str, str] = {}) -> str:
    """What a person would see: both streams, in the order of writing, nobody to answer."""
    ours = ("FIDES", "DATABASE_URL", "PG", "GIT_", "VIRTUAL_ENV", "NO_COLOR", "FORCE_COLOR")
    environ = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    if "FIDESDEV_PG_BIN" in os.environ:
        environ["FIDESDEV_PG_BIN"] = os.environ["FIDESDEV_PG_BIN"]
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={
            **environ,
            **_AUTHOR,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "LC_ALL": "C.UTF-8",
            "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            **variables,
        },
        check=False,
    )
    return done.stdout


def same(text: str) -> str:
    """The text with what may differ replaced."""
    for pattern, stands_for in _VARIES:
        text = re.sub(pattern, stands_for, text, flags=re.MULTILINE)
    return text.strip()


def _block(found: re.Match[str], page: str, before: str) -> Block:
    places = list(_PLACE.finditer(before))
    place, start = (places[-1][1], _line(before[: places[-1].start()])) if places else ("", 0)
    return Block(page, _line(before), found["kind"], found["text"], found["reason"], place, start)


def _line(before: str) -> int:
    return before.count("\n") + 1
