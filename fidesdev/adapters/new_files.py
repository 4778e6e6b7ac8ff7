"""A file that has its name only when all of it is there."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fidesdev.adapters.own_files import open_new
from fidesdev.adapters.sqlite_copies import sync
from fidesdev.errors import AlreadyExists, FidesdevError, TransferFailed


@contextmanager
def new_file(path: Path, *, replace: bool) -> Iterator[Path]:
    """A path beside it to write to, which becomes `path` when the block ends well.

    Nothing is left of a block that fails. Raises `AlreadyExists` unless `replace`, and
    `TransferFailed`.
    """
    check_target(path, replace=replace)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        _remove_parts(path)
        open_new(part).close()  # personal data: nobody else is to read it
        yield part
        sync(part)
        _name(part, path, replace=replace)
        sync(path.parent)
    except FidesdevError:  # many are OSErrors too
        raise
    except OSError as error:
        raise TransferFailed(
            f"cannot write {path}: {error.strerror or error}",
            hint="Name a file in a folder that can be written and has room:"
            " 'fidesdev snapshot export NAME FILE'.",
            path=str(path),
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()


def check_target(path: Path, *, replace: bool) -> None:
    """Raise `AlreadyExists` where the file is there, unless it is to be replaced."""
    if path.is_dir() or (path.exists() and not replace):
        raise AlreadyExists(
            f"{path} {'is a folder' if path.is_dir() else 'is there already'}",
            hint="Choose another file"
            + ("." if path.is_dir() else ", or replace it with '--force'."),
            path=str(path),
        )


def _remove_parts(path: Path) -> None:
    """Remove what killed runs left half written."""
    for part in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        number = part.name.split(".")[-2]
        if number.isdigit() and not _runs(int(number)):
            part.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:  # it is somebody else's
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


def _name(part: Path, path: Path, *, replace: bool) -> None:
    if replace:
        part.replace(path)
        return
    try:
        path.hardlink_to(part)  # unlike a rename it never replaces what came meanwhile
    except FileExistsError:
        check_target(path, replace=False)
        raise
    except OSError:  # a file system without links
        part.replace(path)
