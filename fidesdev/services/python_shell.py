"""Python with the project's database at hand: at a prompt, for one line, or for a script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from fidesdev import services
from fidesdev.adapters import python_console
from fidesdev.db import base
from fidesdev.db.session import get_db_engine, get_db_session
from fidesdev.services.workspace import Workspace


def interact(workspace: Workspace, *, plain: bool = False) -> None:
    """A prompt until it is left: IPython or ptpython where installed, unless `plain`."""
    with opened_names(workspace) as names:
        python_console.interact(names, _banner(workspace, names), plain=plain)


def run_text(workspace: Workspace, text: str, *, debug: bool = False) -> int:
    """Run Python text; 0, 1 after a traceback, or what the text exits with."""
    with opened_names(workspace) as names:
        return python_console.run_text(text, names, debug=debug)


def run_script(
    workspace: Workspace, path: Path, arguments: Sequence[str] = (), *, debug: bool = False
) -> int:
    """Run a script as `python` would, with the names; with `debug`, pdb opens at its error.

    Raises `UsageError` for a file that cannot be read.
    """
    with opened_names(workspace) as names:
        return python_console.run_script(path, arguments, names, debug=debug)


@contextmanager
def opened_names(workspace: Workspace) -> Iterator[Mapping[str, object]]:
    """What is at hand: `db` (a session), `workspace`, `services` and every model.

    The session connects when it is first used; what it did not commit is rolled back at the end.
    """
    engine = get_db_engine(database_uri=workspace.database.render(), disable_pooling=True)
    factory = get_db_session(None, engine=engine)
    with factory() as db:
        models = {name: getattr(base, name) for name in base.__all__}
        yield {"db": db, "workspace": workspace, "services": services, **models}
    engine.dispose()


def _banner(workspace: Workspace, names: Mapping[str, object]) -> str:
    models = ", ".join(name for name in names if name[0].isupper() and name != "Base")
    return (
        f"Python on {workspace.database}\n"
        f"  db         a session, as in {'db.query(Policy).all()'}\n"
        "  workspace  for services, as in services.history.status(workspace)\n"
        f"  models     {models}"
    )
