"""Live values for the word at the cursor, within a moment or not at all.

No server is started, nothing is written but the outline of the command line, and whatever is in
the way (no project, no answer, no right to look) means that there are no values.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fidesdev.config import Flags
from fidesdev.core.completion import Outline, Value, Wanted
from fidesdev.services.workspace import open_workspace

if TYPE_CHECKING:
    from fidesdev.core.url import DatabaseUrl
    from fidesdev.services.workspace import Workspace

_SYMBOLS = (
    ("head", "the one head"),
    ("heads", "every head"),
    ("base", "before the first revision"),
    ("current", "where the database is"),
    ("merge-base", "what upstream has too"),
    ("git:", "where a branch, tag or commit ends"),
)


def command_line(edition: str, make: Callable[[], Outline]) -> Outline:
    """The outline as it was kept, or made now and kept."""
    from fidesdev.adapters.outline_cache import keep, read_kept
    from fidesdev.config.loading import user_cache

    folder = user_cache(os.environ, platform=sys.platform)
    if folder is None:
        return make()
    path = folder / "fidesdev" / "command-line.json"
    outline = read_kept(path, edition)
    if outline is None:
        outline = make()
        keep(path, edition, outline)
    return outline


def values(wanted: Wanted, *, seconds: float) -> tuple[Value, ...]:
    """What the word may become; a live list that takes longer than `seconds` is empty."""
    if wanted.kind in _KNOWN:
        return tuple(_KNOWN[wanted.kind]())
    if wanted.kind not in _LIVE:
        return ()
    found: list[Value] = []

    def find() -> None:
        with suppress(Exception):
            found.extend(_LIVE[wanted.kind](_workspace(wanted.given), wanted.typed, wanted.kind))

    thread = threading.Thread(target=find, daemon=True, name="fidesdev-complete")
    thread.start()
    thread.join(seconds)
    return tuple(found)


def _workspace(given: Mapping[str, str]) -> Workspace:
    folder, config = given.get("-C"), given.get("--config")
    return open_workspace(
        Flags(
            directory=Path(folder).expanduser() if folder else None,
            config=Path(config).expanduser() if config else None,
            database_url=given.get("--database-url"),
            test_db="--test-db" in given,
        )
    )


def _revisions(workspace: Workspace, typed: str, kind: str) -> Iterable[Value]:
    """Symbols, then ids, the newest first, as the last command that read the files saw them."""
    from fidesdev.adapters.revision_cache import read_cache

    start, colon, rest = typed.rpartition(":")
    if typed.startswith("git:"):
        yield from ((f"git:{ref}", told) for ref, told in _refs(workspace, rest, kind))
        return
    before = start + colon if kind == "range" else ""
    yield from ((before + symbol, told) for symbol, told in _SYMBOLS)
    kept = read_cache(workspace.settings.tool.data_dir / "revisions.json")
    entries = [entry for path, entry in kept.items() if Path(path).exists()]
    for _stamp, id_, _parents, _depends_on, labels, message, _created in sorted(
        entries, key=lambda entry: entry[-1] or "", reverse=True
    ):
        yield before + id_, message or ""
        yield from ((f"{before}{label}@head", message or "") for label in labels)


def _refs(workspace: Workspace, _typed: str, _kind: str) -> Iterable[Value]:
    from fidesdev.adapters.git import run_git

    # by name: to sort by date, git would open thousands of commits
    listing = ("for-each-ref", "--format=%(refname:lstrip=2)")
    found = run_git(workspace.settings.project, *listing, "refs/heads", "refs/remotes", "refs/tags")
    return [(ref, "") for ref in (found or b"").decode(errors="replace").splitlines()]


def _names(workspace: Workspace, _typed: str, kind: str) -> Iterable[Value]:
    from fidesdev.adapters.live_names import read_names

    url = _reachable(workspace)
    return read_names(url, kind) if url else ()


def _snapshots(workspace: Workspace, _typed: str, _kind: str) -> Iterable[Value]:
    from fidesdev.services.snapshot_stores import store

    url = _reachable(workspace)
    if url is None:
        return ()
    kept = store(url).list_snapshots(url)
    return [(one.name, one.message or "") for one in kept if one.database == url.database]


def _services(workspace: Workspace, _typed: str, _kind: str) -> Iterable[Value]:
    """The keys under `services` of the Compose files, without what only Compose could fill in."""
    import yaml

    from fidesdev.adapters.compose_files import ComposeChoice, find_compose_files

    tool, loader = workspace.settings.tool, getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    choice = ComposeChoice(workspace.settings.project, tool.docker.files)
    found: dict[str, None] = {}
    for path in find_compose_files(choice, workspace.environ, older=False).paths:
        file = yaml.load(path.read_bytes(), loader)  # noqa: S506 - the loader makes text alone
        found |= dict.fromkeys(file.get("services") or ())
    return [(name, "") for name in found]


def _reachable(workspace: Workspace) -> DatabaseUrl | None:
    """The database, unless it is on an embedded server that does not run."""
    if not workspace.is_embedded:
        return workspace.database
    from fidesdev.adapters.running_server import running_url

    database = workspace.settings.database
    name = database.test_db if workspace.settings.test_mode else database.db
    return running_url(workspace.settings.tool.data_dir / "postgres", name)


def _statuses() -> Iterable[Value]:
    from fidesdev.core.requests import STATUSES

    return [(name, status.meaning) for name, status in STATUSES.items()]


def _sorts() -> Iterable[Value]:
    from fidesdev.core.request_filters import SORT_FIELDS

    return [(field, "") for field in SORT_FIELDS]


def _roles() -> Iterable[Value]:
    from fidesdev.core.users import ROLES

    return [(role, "") for role in ROLES]


def _codes() -> Iterable[Value]:
    from fidesdev.core.check_codes import CHECKS
    from fidesdev.core.lint_codes import LINTS

    return [(code, check.summary) for code, check in {**CHECKS, **LINTS}.items()]


def _hooks() -> Iterable[Value]:
    from fidesdev.core.hooks import HOOKS

    return [(hook, "") for hook in HOOKS]


def _urls() -> Iterable[Value]:
    from fidesdev.api.versions import VERSIONS

    return [(one.name, one.path) for version in VERSIONS.values() for one in version]


def _actions() -> Iterable[Value]:
    return [(name, "") for name in ("access", "erasure", "consent", "update")]


def _included() -> Iterable[Value]:
    return [(name, "") for name in ("deleted", "dataset_test", "consent_webhook", "all")]


_KNOWN: Mapping[str, Callable[[], Iterable[Value]]] = {
    "status": _statuses,
    "action": _actions,
    "included": _included,
    "sort": _sorts,
    "role": _roles,
    "code": _codes,
    "hook": _hooks,
    "url": _urls,
}
_LIVE: Mapping[str, Callable[[Workspace, str, str], Iterable[Value]]] = {
    **dict.fromkeys(("revision", "range"), _revisions),
    **dict.fromkeys(("model", "request", "policy", "user"), _names),
    "ref": _refs,
    "snapshot": _snapshots,
    "service": _services,
}
