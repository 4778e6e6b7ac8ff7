"""Installing git hooks that keep the database and the revisions in step with the checkout."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from fidesdev.adapters.hook_files import (
    PRE_COMMIT,
    HookFile,
    HookFolder,
    find_hook_folder,
    manager_of,
    program,
    read_hook,
    write_hook,
)
from fidesdev.core import hook_blocks
from fidesdev.core.hook_blocks import Block
from fidesdev.core.hooks import (
    HEAD_FILE,
    HOOKS,
    Change,
    HookChange,
    HooksChanged,
    HooksStatus,
    HookState,
    State,
    head_file_text,
    is_stale,
)
from fidesdev.errors import ConfigError, UsageError
from fidesdev.services.workspace import Workspace

_ELSEWHERE = (
    "core.hooksPath names a folder outside of this repository, whose hooks serve others too"
)


@dataclass(frozen=True, slots=True)
class Site:
    """The hooks of one project."""

    hooks: HookFolder
    folder: str
    """The project's, relative to the working tree."""
    versions: tuple[str, ...]
    """The folders of revisions, relative to the working tree."""

    def block(self, hook: str) -> Block:
        """What `install` writes into the hook."""
        return Block(hook, self.folder, self.versions, program(self.hooks))


Edit = tuple[HookChange, HookFile, bytes | None]
"""What to say of a hook, the hook, and what it becomes: its own content where it stays."""


def install(
    workspace: Workspace,
    hooks: Collection[str] = (),
    *,
    head_file: bool = False,
    dry_run: bool = False,
) -> HooksChanged:
    """Put our block into the hooks named, or into all; what others write is left to be done.

    Raises `GitUnavailable` outside of a repository and `Refused` where a file cannot be written.
    """
    site = find_site(workspace)
    edits = [_installed(site, hook) for hook in _chosen(hooks)]
    heads = _write_head_file(workspace, dry_run=dry_run) if head_file else None
    return _carried_out(site, edits, heads, dry_run=dry_run)


def uninstall(
    workspace: Workspace,
    hooks: Collection[str] = (),
    *,
    head_file: bool = False,
    dry_run: bool = False,
) -> HooksChanged:
    """Take our block out of the hooks named, or of all; a file that was ours is removed."""
    site = find_site(workspace)
    edits = [_uninstalled(site, hook) for hook in _chosen(hooks)]
    heads = _remove_head_file(workspace, dry_run=dry_run) if head_file else None
    return _carried_out(site, edits, heads, dry_run=dry_run)


def status(workspace: Workspace) -> HooksStatus:
    """How each hook stands."""
    site = find_site(workspace)
    path = workspace.alembic.script_location / HEAD_FILE
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
    return HooksStatus(
        folder=str(site.hooks.path),
        manager=site.hooks.manager,
        hooks=tuple(_state(site, hook) for hook in HOOKS),
        on_switch=workspace.settings.tool.hooks["on_switch"],
        head_file=None if text is None else str(path),
        head_file_stale=text is not None and is_stale(text, workspace.graph.heads),
    )


def refresh_head_file(workspace: Workspace, heads: Collection[str] | None = None) -> Path | None:
    """The head file, if the project has one that was stale; it names the heads now."""
    path = workspace.alembic.script_location / HEAD_FILE
    wanted = workspace.graph.heads if heads is None else heads
    if not path.is_file():
        return None
    if not is_stale(path.read_text(encoding="utf-8", errors="replace"), wanted):
        return None
    path.write_text(head_file_text(wanted), encoding="utf-8")
    return path


def find_site(workspace: Workspace) -> Site:
    """The hooks of the project; raises `ConfigError` where its revisions are not in git."""
    project = workspace.settings.project.resolve()
    hooks = find_hook_folder(project)
    folders = [folder.resolve() for folder in workspace.alembic.version_locations]
    inside = tuple(
        folder.relative_to(hooks.top).as_posix()
        for folder in folders
        if folder.is_relative_to(hooks.top)
    )
    if not inside:
        raise ConfigError(
            f"the revisions of {workspace.alembic.path} are not in the repository {hooks.top}",
            hint="Run the command in the repository that holds them ('fidesdev -C DIR ...').",
            repository=str(hooks.top),
        )
    folder = project.relative_to(hooks.top).as_posix()
    return Site(hooks, folder, inside)


def _chosen(hooks: Collection[str]) -> tuple[str, ...]:
    for hook in hooks:
        if hook not in HOOKS:
            raise UsageError(
                f"there is no hook {hook!r} to install",
                hint=f"The hooks are {', '.join(HOOKS)}; leave the name out for all of them.",
                known=list(HOOKS),
            )
    return tuple(hook for hook in HOOKS if not hooks or hook in hooks)


def _installed(site: Site, hook: str) -> Edit:
    file, block = read_hook(site.hooks.path / hook), site.block(hook)
    if by_hand := _left_to_others(site, file):
        return _by_hand(site, file, by_hand), file, file.content
    if file.content is None:
        return _said(file, Change.CREATED), file, hook_blocks.created(block)
    content = hook_blocks.put(file.content, block)
    if content == file.content:
        return _said(file, Change.UNCHANGED), file, content
    had = hook_blocks.has_block(file.content, site.folder)
    return _said(file, Change.UPDATED if had else Change.ADDED), file, content


def _uninstalled(site: Site, hook: str) -> Edit:
    file = read_hook(site.hooks.path / hook)
    if hook_blocks.is_damaged(file.content or b""):
        note = "it has a broken block of ours; take it out of the hook"
        return _said(file, Change.BY_HAND, note), file, file.content
    if _mentions(site, file):
        note = "it was added by hand; take it out the same way"
        return _said(file, Change.BY_HAND, note), file, file.content
    if not file.content or not hook_blocks.has_block(file.content, site.folder):
        return _said(file, Change.UNCHANGED), file, file.content
    content = hook_blocks.taken_out(file.content, site.folder)
    return _said(file, Change.DELETED if content is None else Change.REMOVED), file, content


def _left_to_others(site: Site, file: HookFile) -> str | None:
    """Why we do not write the hook."""
    content = file.content or b""
    manager = manager_of(site.hooks, file)
    reasons = {
        f"{manager} writes this hook": manager in {"lefthook", "pre-commit"},
        _ELSEWHERE: manager == "elsewhere",
        "it is a link, or no file at all": not file.is_plain,
        "it is no shell script": not hook_blocks.is_shell(content),
        "it has a broken block of ours": hook_blocks.is_damaged(content),
        "it is not executable, so that git does not run it": not file.runs and manager != "husky",
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _by_hand(site: Site, file: HookFile, reason: str) -> HookChange:
    """What to add where, for a hook that others write."""
    hook, manager = file.path.name, manager_of(site.hooks, file)
    if _mentions(site, file):
        return _said(file, Change.UNCHANGED, "added by hand")
    if manager == "lefthook":
        where = site.hooks.config.name if site.hooks.config else "lefthook.yml"
        snippet = hook_blocks.lefthook_snippet(hook, site.folder)
    elif manager == "pre-commit":
        where, snippet = PRE_COMMIT, hook_blocks.pre_commit_snippet(hook, site.folder)
    else:
        where, snippet = "the hook", f'{hook_blocks.run_line(hook, site.folder)} "$@"'
    return HookChange(hook, Change.BY_HAND, str(file.path), f"{reason}; add to {where}", snippet)


def _mentions(site: Site, file: HookFile) -> bool:
    """Whether somebody added us by hand, to the hook or to what its manager reads."""
    line = hook_blocks.run_line(file.path.name, site.folder).encode()
    config = site.hooks.config
    own = hook_blocks.without_blocks(file.content or b"")
    read = own, config.read_bytes() if config else b""
    return not hook_blocks.is_damaged(own) and any(line in text for text in read)


def _state(site: Site, hook: str) -> HookState:
    change, file, _content = _installed(site, hook)
    reason = _left_to_others(site, file)
    states = {
        Change.CREATED: State.ABSENT,
        Change.ADDED: State.FOREIGN,
        Change.UPDATED: State.OUTDATED,
        Change.UNCHANGED: State.INSTALLED,
    }
    state = states.get(change.change, State.ABSENT if file.content is None else State.FOREIGN)
    note = change.note if change.change is Change.UNCHANGED else reason
    return HookState(hook, state, str(file.path), note)


def _said(file: HookFile, change: Change, note: str | None = None) -> HookChange:
    return HookChange(file.path.name, change, str(file.path), note)


def _carried_out(
    site: Site, edits: list[Edit], head_file: HookChange | None, *, dry_run: bool
) -> HooksChanged:
    if not dry_run:
        for _change, file, content in edits:
            if content != file.content:
                write_hook(file, content)
    changes = tuple(change for change, _file, _content in edits)
    return HooksChanged(
        str(site.hooks.path), site.hooks.manager, changes, head_file, executed=not dry_run
    )


def _write_head_file(workspace: Workspace, *, dry_run: bool) -> HookChange:
    path = workspace.alembic.script_location / HEAD_FILE
    text = head_file_text(workspace.graph.heads).encode()
    return _head_file_change(path, text, dry_run=dry_run)


def _remove_head_file(workspace: Workspace, *, dry_run: bool) -> HookChange:
    return _head_file_change(workspace.alembic.script_location / HEAD_FILE, None, dry_run=dry_run)


def _head_file_change(path: Path, text: bytes | None, *, dry_run: bool) -> HookChange:
    file = read_hook(path)
    if file.content == text:
        change = Change.UNCHANGED
    elif text is None:
        change = Change.DELETED
    else:
        change = Change.CREATED if file.content is None else Change.UPDATED
    if change is not Change.UNCHANGED and not dry_run:
        write_hook(replace(file, mode=file.mode & 0o666), text)
    return HookChange("head file", change, str(path))
