"""git, read-only: where the checkout stands, which refs there are, what objects hold."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fidesdev.errors import GitUnavailable

_SECONDS = 10
_OWN_REPOSITORY = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"}
"""Set while a hook runs, and then they would win over the folder that we name."""
_QUIET = {
    "LC_ALL": "C",  # its messages are read below
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",  # a partial clone must not reach for the network
    "GIT_TERMINAL_PROMPT": "0",
}


@dataclass(frozen=True, slots=True)
class Checkout:
    """Where HEAD is, and whether tracked files differ from it."""

    branch: str | None
    commit: str | None
    dirty: bool


def read_checkout(folder: Path) -> Checkout | None:
    """HEAD of the repository around `folder`; None where there is no repository or no git."""
    lines = _lines(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
    if lines is None:
        return None
    facts = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    branch, commit = facts.get("branch.head"), facts.get("branch.oid")
    return Checkout(
        branch=None if branch == "(detached)" else branch,
        commit=None if commit == "(initial)" else commit,
        dirty=any(not line.startswith("#") for line in lines),
    )


def last_commit(folder: Path, path: str) -> str | None:
    """The commit that last touched the file; None when git does not know it."""
    lines = _lines(folder, "log", "-1", "--format=%H", "--", path)
    return lines[0] if lines else None


def run_git(
    folder: Path, *arguments: str, given: bytes | None = None, seconds: float = _SECONDS
) -> bytes | None:
    """What git prints, run in `folder`; None when it says no.

    Raises `GitUnavailable` where it cannot answer: it is not installed, the folder is in no
    repository, the repository belongs to somebody else, or the time is over.
    """
    if seconds <= 0:
        raise GitUnavailable.timed_out(arguments[0])
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            input=given or b"",
            check=False,
            timeout=seconds,
            env=_environment(os.environ),
        )
    except subprocess.TimeoutExpired as error:
        raise GitUnavailable.timed_out(arguments[0]) from error
    except OSError as error:
        raise GitUnavailable.not_installed() from error
    said = done.stderr.decode(errors="replace")
    if "detected dubious ownership" in said:
        raise GitUnavailable.not_ours(str(folder), _safe_directory(said) or str(folder))
    if "not a git repository" in said:
        raise GitUnavailable.no_repository(str(folder))
    return done.stdout if done.returncode == 0 else None


def is_shallow(folder: Path) -> bool:
    """Whether older commits were left out when the repository was cloned."""
    return _lines(folder, "rev-parse", "--is-shallow-repository") == ["true"]


def top_folder(folder: Path) -> Path:
    """The working tree around `folder`, or the repository itself when it is bare."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    found = run_git(existing, "rev-parse", "--show-toplevel")
    if not found:
        found = run_git(existing, "rev-parse", "--absolute-git-dir") or b"."
    return Path(os.fsdecode(found.removesuffix(b"\n")))


def commit_of(folder: Path, ref: str) -> str | None:
    """The commit that a ref, a commit's name or an expression such as `HEAD~2` means."""
    wanted = f"{ref}^{{commit}}"
    found = run_git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
    return found.decode().strip() if found else None


def remote_default(folder: Path) -> str | None:
    """The default branch of the remote `origin`, as `origin/main`."""
    found = run_git(folder, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    return found.decode(errors="replace").strip() if found else None


def read_objects(
    folder: Path, names: Iterable[str], *, seconds: float = _SECONDS
) -> Iterator[tuple[str, bytes]]:
    """Name and content of each object; a name that is no object here is left out."""
    asked = list(names)
    given = b"".join(os.fsencode(name) + b"\n" for name in asked)
    text = run_git(folder, "cat-file", "--batch", "--buffer", given=given, seconds=seconds) or b""
    position = 0
    for name in asked:
        end = text.index(b"\n", position)
        size = text[position:end].rpartition(b" ")[2]  # of "ID TYPE SIZE"; or "NAME missing"
        position = end + 1
        if size.isdigit():
            yield name, text[position : position + int(size)]
            position += int(size) + 1


def look_up(
    folder: Path, names: Iterable[str], *, seconds: float = _SECONDS
) -> Iterator[tuple[str, str, str]]:
    """Name, type and object id of what each name, such as `main:a/path`, means; if anything."""
    asked = list(names)
    given = b"".join(os.fsencode(name) + b"\n" for name in asked)
    text = run_git(folder, "cat-file", "--batch-check", "--buffer", given=given, seconds=seconds)
    for name, line in zip(asked, (text or b"").split(b"\n"), strict=False):
        words = line.decode(errors="replace").split(" ")
        if len(words) == 3 and words[2].isdigit():  # noqa: PLR2004 - id, type and size
            yield name, words[1], words[0]


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in variables.items() if name not in _OWN_REPOSITORY}
    return {**kept, **_QUIET}


def _safe_directory(said: str) -> str | None:
    """The folder that git itself proposes to call safe."""
    lines = [line for line in said.splitlines() if "safe.directory" in line]
    return lines[-1].split("safe.directory", 1)[1].strip() if lines else None


def _lines(folder: Path, *arguments: str) -> list[str] | None:
    """The lines that git prints, or None when it fails or is not there."""
    try:
        text = run_git(folder, *arguments)
    except GitUnavailable:
        return None
    return None if text is None else text.decode(errors="replace").splitlines()
