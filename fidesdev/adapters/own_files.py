"""Files of ours in folders whose content others may have made, such as a checkout.

A symlink under the name of such a file leads out of the folder: it is an error, never followed.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import IO, Any

PRIVATE, SHARED = 0o600, 0o644
"""For what holds rows, and for what does not; others never write either."""


def open_own(path: Path, mode: str, *, rights: int = SHARED, **more: Any) -> IO[Any]:
    """The file, opened as by `open`; raises `OSError`, for a symlink too."""
    return open(path, mode, opener=partial(_open, rights=rights), **more)


def open_new(path: Path, *, rights: int = PRIVATE) -> IO[bytes]:
    """A new file instead of one of that name, which nobody else has open; raises `OSError`."""
    path.unlink(missing_ok=True)
    return open(path, "xb", opener=partial(_open, rights=rights))


def _open(path: str, flags: int, *, rights: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, rights)
