"""What the git hooks do when git calls them: offer to move the database, check revisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fidesdev.adapters.git import commit_of, read_objects
from fidesdev.adapters.hook_files import (
    differ,
    differ_in_index,
    in_progress,
    indexed_blobs,
    is_switched_off,
    stage,
    staged_files,
)
from fidesdev.core.check_codes import CHECKS
from fidesdev.core.checks import CheckReport
from fidesdev.core.findings import Finding
from fidesdev.core.header import HeaderError, read_header
from fidesdev.core.hooks import HookRun, switch_summary
from fidesdev.core.reports import Listener, ignore
from fidesdev.errors import AlembicConfigMissing, FidesdevError, UsageError
from fidesdev.services import checking, recovery
from fidesdev.services.hooks import Site, find_site, refresh_head_file
from fidesdev.services.migrations import execute
from fidesdev.services.moves import Move
from fidesdev.services.workspace import Workspace

_OFF = {"off", "no", "false", "0"}
_SYNC = "Do it with 'fidesdev db sync'."
_REBASE = ("rebase-merge", "rebase-apply")
_POSITION = {"revision", "down_revision"}
_SWITCH_ARGUMENTS = {"post-checkout": 3, "post-merge": 1}


@dataclass(frozen=True, slots=True)
class Switch:
    """What the database needs after the checkout changed, and who may decide it."""

    run: HookRun
    """What to tell where it is not done."""
    move: Move | None = None
    ask: bool = False

    @property
    def question(self) -> str:
        """What somebody has to agree to."""
        return self.run.message or ""


def after_switch(workspace: Workspace, hook: str, arguments: Sequence[str]) -> Switch:
    """What `db sync` would do, after git moved the checkout; nothing where the revisions are
    the same, or where it is not the time.

    `arguments` are those that git gives to post-checkout and post-merge.
    """
    if len(arguments) != _SWITCH_ARGUMENTS[hook]:
        raise UsageError(
            f"{hook} takes {_SWITCH_ARGUMENTS[hook]} argument(s), as git gives them",
            hint="Let git call the hook; 'fidesdev db sync' does its work by hand.",
        )
    nothing = Switch(HookRun(hook, "nothing"))
    try:
        site = find_site(workspace)
        if _is_off(workspace, site) or not _has_moved(site, hook, arguments):
            return nothing
        if in_progress(site.hooks.top, *_REBASE):
            return nothing
        return _offered(workspace, site, hook)
    except AlembicConfigMissing:  # this commit is older than the migrations, or has none
        return nothing
    except FidesdevError as error:
        return Switch(_failed(hook, error))


def carry_out(switch: Switch, on_event: Listener = ignore) -> HookRun:
    """Move the database; a failure is told, and does not stop git."""
    assert switch.move
    try:
        done = execute(switch.move, on_event=on_event)
    except FidesdevError as error:
        return _failed(switch.run.hook, error)
    return HookRun(switch.run.hook, "synced", move=done)


def before_commit(workspace: Workspace, *, dry_run: bool = False) -> HookRun:
    """What is wrong with the revision files, if any is staged; the head file then follows."""
    site = find_site(workspace)
    staged = staged_files(site.hooks.top, site.versions)
    if _is_off(workspace, site) or not staged:
        return HookRun("pre-commit", "nothing")
    report = checking.check(workspace, only=_alone(workspace))
    shown = _concerning(report, site, staged)
    if report.fails():
        bypass = "Commit all the same with 'git commit --no-verify'."
        return HookRun("pre-commit", "blocked", hint=bypass, check=shown)
    path = None if dry_run else _follow(workspace, site)
    return HookRun("pre-commit", "passed", check=shown, head_file=path)


def before_push(workspace: Workspace, pushed: str) -> HookRun:
    """What is wrong with the revision files, alone and once merged, if HEAD is pushed.

    `pushed` is what git says on stdin: a line of local ref, commit, remote ref, commit for each.
    """
    site = find_site(workspace)
    top = site.hooks.top
    commits = {words[1] for line in pushed.splitlines() if len(words := line.split()) > 1}
    # what is pushed without being checked out has other files than those that are looked at
    elsewhere = bool(commits) and commit_of(top, "HEAD") not in commits
    if _is_off(workspace, site) or elsewhere:
        return HookRun("pre-push", "nothing")
    report = checking.check(workspace)
    if report.fails():
        bypass = "Push all the same with 'git push --no-verify'."
        return HookRun("pre-push", "blocked", hint=bypass, check=_errors(report))
    return HookRun("pre-push", "passed", check=report)


def _is_off(workspace: Workspace, site: Site) -> bool:
    if workspace.environ.get("FIDESDEV_HOOKS", "").lower() in _OFF:
        return True
    return is_switched_off(site.hooks.top)


def _has_moved(site: Site, hook: str, arguments: Sequence[str]) -> bool:
    """Whether git put other revisions into the version folders."""
    top, versions = site.hooks.top, site.versions
    if hook == "post-checkout":
        old, new, is_branch = arguments
        return is_branch == "1" and differ(top, old, new, versions)
    if arguments[0] == "1":  # a squash leaves what it merged in the index
        return differ_in_index(top, versions)
    return differ(top, "ORIG_HEAD", "HEAD", versions)


def _offered(workspace: Workspace, site: Site, hook: str) -> Switch:
    move = recovery.sync(workspace)
    if move.plan.is_empty:
        return Switch(HookRun(hook, "nothing"))
    report = move.report
    message = f"bringing the database to this checkout {switch_summary(report)}"
    told = HookRun(hook, "told", message, _SYNC, move=report)
    mode = workspace.settings.tool.hooks["on_switch"]
    if mode == "tell" or workspace.is_protected:
        return Switch(told)
    if mode == "ask" and in_progress(site.hooks.top, "BISECT_LOG"):
        return Switch(told)  # 'git bisect run' is nobody to ask
    return Switch(told, move, ask=mode == "ask")


def _failed(hook: str, error: FidesdevError) -> HookRun:
    return HookRun(hook, "failed", str(error), error.hint)


def _alone(workspace: Workspace) -> tuple[str, ...]:
    """The codes of checks that need no other commit: upstream may change until the push."""
    codes = checking.chosen_codes((), workspace.settings.tool.check)
    return tuple(code for code in codes if not CHECKS[code].compares)


def _concerning(report: CheckReport, site: Site, staged: frozenset[str]) -> CheckReport:
    """The errors, and those warnings that are about the commit."""

    def concerns(found: Finding) -> bool:
        path = Path(site.folder, found.path or "").as_posix()
        return found.severity == "error" or path in staged

    return replace(report, findings=tuple(filter(concerns, report.findings)))


def _errors(report: CheckReport) -> CheckReport:
    return replace(
        report, findings=tuple(one for one in report.findings if one.severity == "error")
    )


def _follow(workspace: Workspace, site: Site) -> str | None:
    """The head file, where it was stale for this commit; it is rewritten and staged."""
    heads = _indexed_heads(site)
    path = refresh_head_file(workspace, heads)
    if path is None:
        return None
    stage(site.hooks.top, path.resolve())
    return path.name


def _indexed_heads(site: Site) -> frozenset[str] | None:
    """The heads of what is committed now; None where a file has to be run to know."""
    blobs = {
        blob: path
        for path, blob in indexed_blobs(site.hooks.top, site.versions).items()
        if path.endswith(".py") and not path.rpartition("/")[2].startswith(("__init__", ".#"))
    }
    ids, parents = set(), set[str]()
    for blob, source in read_objects(site.hooks.top, blobs):
        try:
            header = read_header(source, name=blobs[blob].rpartition("/")[2])
        except HeaderError:
            return None
        if _POSITION.intersection(header.computed):
            return None
        ids.add(header.revision)
        parents.update(header.parents)
    return frozenset(ids - parents)
