"""The worker in this process, which stays as it was.

Migrations print, configure logging, change `sys.path` and exit: all of it is undone afterwards,
and what they print goes to stderr, since stdout belongs to the result.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fidesdev.adapters.sessions import Facts, Listen


class InProcess:
    """The worker in this process."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        from fidesdev.adapters import worker

        self._folder, self._variables = folder, variables
        self._listen: Listen = lambda _event: None
        self._session = worker.Session(self._emit)
        self._failed = worker.JobFailed

    def request(self, operation: str, job: Facts, listen: Listen) -> Facts | None:
        self._listen = listen
        with _isolated(self._folder, self._variables):
            try:
                self._session.perform(operation, dict(job))
            except self._failed as failed:
                return failed.facts
        return None

    def close(self) -> None:
        self._session.close()

    def _emit(self, event: Facts) -> None:
        self._listen(event)


@contextmanager
def _isolated(folder: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """Run as `alembic` would from its configuration's folder, and leave this process as it was."""
    with ExitStack() as undo:
        undo.callback(os.chdir, Path.cwd())
        undo.callback(_restore_variables, dict(os.environ))
        undo.callback(_restore_logging, _logging_state())
        undo.callback(sys.path.__setitem__, slice(None), list(sys.path))
        undo.callback(_forget_relative_folders)
        _forget_relative_folders()
        undo.enter_context(_stdout_to_stderr())
        os.chdir(folder)
        os.environ.update(variables)
        yield


@contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Send file descriptor 1, and with it `print` and child processes, to stderr."""
    sys.stdout.flush()
    python_stdout, saved = sys.stdout, os.dup(1)
    try:
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        yield
    finally:
        for stream in (python_stdout, sys.__stdout__):
            if stream:
                stream.flush()  # what was printed past our replacement
        sys.stdout = python_stdout
        os.dup2(saved, 1)
        os.close(saved)


def _forget_relative_folders() -> None:
    """`.` on `sys.path` stays, for Python, the folder that it was when first looked into."""
    for folder in [folder for folder in sys.path_importer_cache if not Path(folder).is_absolute()]:
        del sys.path_importer_cache[folder]


def _restore_variables(variables: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)


def _logging_state() -> dict[str, tuple[list[logging.Handler], int, bool, bool]]:
    manager = logging.Logger.manager.loggerDict
    loggers = [logging.root, *(x for x in manager.values() if isinstance(x, logging.Logger))]
    return {x.name: (list(x.handlers), x.level, x.disabled, x.propagate) for x in loggers}


def _restore_logging(state: dict[str, tuple[list[logging.Handler], int, bool, bool]]) -> None:
    """Undo `fileConfig`, which by default disables every logger that it does not name."""
    for name, (handlers, level, disabled, propagate) in state.items():
        logger = logging.root if name == "root" else logging.getLogger(name)
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logger.disabled, logger.propagate = disabled, propagate
