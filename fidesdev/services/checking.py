"""The gate for pull requests: what is wrong with the revision files, alone and once merged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from fidesdev.adapters.ancestry import is_shallow, merge_base
from fidesdev.adapters.checked_files import CheckedFiles, relative_to_top, texts_at
from fidesdev.adapters.git import commit_of, top_folder
from fidesdev.core.check_codes import CHECKS, nearest
from fidesdev.core.checks import CheckReport, Explanations, Skipped, explain, judged
from fidesdev.core.checks_files import file_findings, has_ids_in_names, name_findings
from fidesdev.core.checks_graph import heads_findings, join
from fidesdev.core.checks_upstream import (
    Comparison,
    compare,
    deleted_findings,
    edited_candidates,
    edited_finding,
    hinted,
    merge_findings,
    parent_findings,
)
from fidesdev.core.findings import Finding
from fidesdev.core.ignores import without_ignored
from fidesdev.core.revision_facts import RevisionText
from fidesdev.core.same_code import is_same_code
from fidesdev.errors import FidesdevError, GitUnavailable, UnknownRef, UpstreamMissing, UsageError
from fidesdev.services.git_targets import repository, upstream
from fidesdev.services.model_checking import model_findings
from fidesdev.services.workspace import Workspace


def check(
    workspace: Workspace, *, against: str | None = None, only: Collection[str] = ()
) -> CheckReport:
    """Everything that the checks find; no project is imported unless `models` is named.

    `against` is the git ref to compare with, by default upstream. Raises `UsageError` for a code
    that does not exist and `UnknownRef` for a ref that does not.
    """
    severities = workspace.settings.tool.check
    codes = chosen_codes(only, severities)
    reader = CheckedFiles(
        workspace.alembic,
        workspace.settings.project,
        workspace.settings.tool.data_dir / "checks.json",
    )
    ours = tuple(reader.working())
    findings = list(_alone(ours))
    skipped = [] if has_ids_in_names(ours) else [_names_skipped()]
    sides = _sides(workspace, reader, ours, against) if _comparing(codes) else None
    if isinstance(sides, Comparison):
        findings = [*hinted(findings, sides), *_compared(workspace, sides, codes)]
    elif sides is not None:
        skipped.append(Skipped(_comparing(codes), sides))
    if "models" in codes:
        findings += model_findings(workspace)
    if "roundtrip" in codes:
        findings += _roundtrip_findings(workspace)
    reader.close()
    left_out = {code for one in skipped for code in one.codes}
    checked = tuple(code for code in codes if code not in left_out)
    comments = [(file.path, ignore) for file in ours for ignore in file.facts.ignores]
    kept = without_ignored(findings, comments, checked)
    named = {code: said for code, said in severities.items() if said != "off"}
    return CheckReport(
        findings=judged(kept, checked, named),
        checked=checked,
        skipped=tuple(one for one in skipped if set(one.codes) & set(codes)),
        revisions=len(ours),
        against=sides.ref if isinstance(sides, Comparison) else None,
    )


def explanations(codes: Collection[str]) -> Explanations:
    """What the codes mean; `all` is every one of them. Raises `UsageError` for an unknown one."""
    wanted = list(CHECKS) if "all" in codes else list(codes)
    for code in wanted:
        _known(code)
    return explain(wanted)


def chosen_codes(only: Collection[str], severities: Mapping[str, str]) -> tuple[str, ...]:
    """The codes to look for, in their usual order; what is named is looked for in any case."""
    for code in only:
        _known(code)
    if only:
        return tuple(code for code in CHECKS if code in only)
    usual = (one.code for one in CHECKS.values() if not one.on_request)
    return tuple(code for code in usual if severities.get(code) != "off")


def _known(code: str) -> None:
    if code not in CHECKS:
        close = nearest(code)
        raise UsageError(
            f"there is no check {code!r}",
            hint=(f"The nearest: {close}. " if close else "")
            + "See them all with 'fidesdev db check --explain all'.",
            known=list(CHECKS),
        )


def _roundtrip_findings(workspace: Workspace) -> Iterator[Finding]:
    """What `db roundtrip` finds in one's own revisions, under the one code that checks have."""
    from fidesdev.services.roundtrip import roundtrip

    for found in roundtrip(workspace).findings:
        yield replace(found, code="roundtrip", message=f"{found.message} ({found.code})")


def _comparing(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(code for code in codes if CHECKS[code].compares)


def _names_skipped() -> Skipped:
    return Skipped(("filename",), "most files of this project are not named after their ids")


def _alone(files: tuple[RevisionText, ...]) -> Iterator[Finding]:
    """What the files of the checkout say without any other."""
    joined = join(files)
    yield from heads_findings(joined)
    yield from joined.findings
    yield from file_findings(files)
    yield from name_findings(files)


def _sides(
    workspace: Workspace,
    reader: CheckedFiles,
    ours: tuple[RevisionText, ...],
    against: str | None,
) -> Comparison | str:
    """The checkout beside upstream, or why they cannot be compared."""
    try:
        ref = against.removeprefix("git:") if against else upstream(workspace)
        top = top_folder(repository(workspace))
        there, here = commit_of(top, ref), commit_of(top, "HEAD")
        if there is None:
            raise UnknownRef(ref, "there is no such branch, tag or commit")
        parted = merge_base(top, here, there) if here else None
        if parted is None:
            return _unrelated(top, ref, has_commit=here is not None)
        theirs = reader.at(top, there)
        if not theirs:
            return f"{ref} has no revision files in the folders of this checkout"
        base = theirs if parted == there else reader.at(top, parted)
        return compare(ref, ours, theirs, base)
    except (UpstreamMissing, GitUnavailable) as error:
        return _one_line(error)


def _unrelated(top: Path, ref: str, *, has_commit: bool) -> str:
    if not has_commit:
        return "HEAD has no commit yet"
    if is_shallow(top):
        return (
            f"the clone is too shallow to see where HEAD and {ref} parted: "
            "fetch the rest with 'git fetch --unshallow'"
        )
    return f"HEAD and {ref} have no commit in common"


def _one_line(error: FidesdevError) -> str:
    return f"{error}. {error.hint}" if error.hint else str(error)


def _compared(workspace: Workspace, sides: Comparison, codes: Collection[str]) -> Iterator[Finding]:
    yield from merge_findings(sides, codes)
    yield from parent_findings(sides)
    yield from deleted_findings(sides)
    if "edited" in codes:  # the one that reads texts again
        yield from _edited(workspace, sides)


def _edited(workspace: Workspace, sides: Comparison) -> Iterator[Finding]:
    """Published revisions whose code was changed here, and not by upstream in the same way."""
    candidates = list(edited_candidates(sides))
    if not candidates:
        return
    root = workspace.settings.project
    top = top_folder(repository(workspace))
    commit = commit_of(top, sides.ref) or sides.ref
    base = merge_base(top, "HEAD", commit) or commit
    now = _texts(top, root, commit, [their.path for _our, their, _old in candidates])
    before = _texts(top, root, base, [old.path for _our, _their, old in candidates if old])
    for our, their, old in candidates:
        text = (root / our.path).read_bytes()
        others = [now.get(their.path), before.get(old.path) if old else None]
        if not any(other is not None and is_same_code(text, other) for other in others):
            yield edited_finding(sides, our, their)


def _texts(top: Path, root: Path, commit: str, shown: list[str]) -> dict[str, bytes]:
    paths = {relative_to_top(top, root, path): path for path in shown}
    return {paths[path]: text for path, text in texts_at(top, commit, list(paths)).items()}
