"""Revision files exchanged for new ones: prepared beside them first, so that little can fail late.

Byte code is removed with the text that it was made from: Python trusts a time stamp in whole
seconds and a size, and a new parent's id is as long as the old one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fidesdev.adapters.own_files import open_new
from fidesdev.errors import NotWritten, RevisionChanged

_SUFFIX = ".rebase"
"""Ends no file that Alembic would import."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One file with its text before and after."""

    path: Path
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)
    new_path: Path
    """Where it is afterwards: `path`, unless it is renamed."""

    @property
    def staged(self) -> Path:
        """Where the new text waits."""
        return self.path.with_name(f".{self.path.name}{_SUFFIX}")


def stage(rewrites: Iterable[Rewrite]) -> None:
    """Write each new text beside its file; leaves nothing where it raises.

    Raises `RevisionChanged` where a file is not what it was, and `NotWritten`.
    """
    written: list[Rewrite] = []
    try:
        for rewrite in rewrites:
            _assert_unchanged(rewrite)
            written.append(rewrite)
            _write(rewrite.staged, rewrite.after, like=rewrite.path)
    except RevisionChanged:
        discard(written)
        raise
    except OSError as error:
        discard(written)
        raise NotWritten(str(error.filename), error.strerror or str(error)) from error


def publish(rewrites: Sequence[Rewrite], written: Callable[[Rewrite], None]) -> None:
    """Put the staged texts in place, `written` being told after each; none is lost on the way.

    Raises `RevisionChanged` where somebody else wrote to a file meanwhile, and `NotWritten`.
    """
    try:
        for rewrite in rewrites:
            _assert_unchanged(rewrite)
            rewrite.staged.replace(rewrite.path)
            if rewrite.new_path != rewrite.path:
                rewrite.path.rename(rewrite.new_path)
            _forget_byte_code(rewrite)
            written(rewrite)
    except OSError as error:
        raise NotWritten(str(error.filename), error.strerror or str(error)) from error


def restore(rewrites: Iterable[Rewrite]) -> tuple[str, ...]:
    """Put every file back as it was, byte for byte; those that could not be, with the reason."""
    failed: list[str] = []
    for rewrite in rewrites:
        try:
            _restore(rewrite)
        except OSError as error:
            failed.append(f"{rewrite.path}: {error.strerror or error}")
    return tuple(failed)


def discard(rewrites: Iterable[Rewrite]) -> None:
    """Remove what is staged."""
    for rewrite in rewrites:
        with suppress(OSError):
            rewrite.staged.unlink()


def is_published(rewrite: Rewrite) -> bool:
    """Whether the new text is in place."""
    try:
        return rewrite.new_path.read_bytes() == rewrite.after and not rewrite.staged.exists()
    except OSError:
        return False


def _restore(rewrite: Rewrite) -> None:
    """Only what is ours is overwritten: a text that somebody else wrote since stays."""
    with suppress(OSError):
        rewrite.staged.unlink()
    if rewrite.new_path != rewrite.path and not rewrite.path.exists():
        rewrite.new_path.rename(rewrite.path)
    if rewrite.path.read_bytes() == rewrite.after != rewrite.before:
        try:
            _write(rewrite.staged, rewrite.before, like=rewrite.path)
            rewrite.staged.replace(rewrite.path)
        except OSError:  # a folder that became read-only; the file itself may not be
            rewrite.path.write_bytes(rewrite.before)
    _forget_byte_code(rewrite)


def _assert_unchanged(rewrite: Rewrite) -> None:
    is_taken = rewrite.new_path != rewrite.path and rewrite.new_path.exists()
    if is_taken or rewrite.path.read_bytes() != rewrite.before:
        raise RevisionChanged(str(rewrite.new_path if is_taken else rewrite.path))


def _write(path: Path, text: bytes, *, like: Path) -> None:
    """A whole file on disk, with the permissions of another."""
    with open_new(path) as file:
        os.fchmod(file.fileno(), like.stat().st_mode & 0o7777)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _forget_byte_code(rewrite: Rewrite) -> None:
    for path in {rewrite.path, rewrite.new_path}:
        for compiled in path.parent.glob(f"__pycache__/{_literally(path.stem)}.*.pyc"):
            with suppress(OSError):
                compiled.unlink()


def _literally(text: str) -> str:
    """The text as a pattern that matches it alone."""
    return "".join(f"[{character}]" if character in "*?[" else character for character in text)
