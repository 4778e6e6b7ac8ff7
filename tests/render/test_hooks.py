"""What a person reads about hooks."""

from __future__ import annotations

from fidesdev.core.hooks import (
    Change,
    HookChange,
    HookRun,
    HooksChanged,
    HooksStatus,
    HookState,
    State,
)
from fidesdev.render.hooks import blocks
from fidesdev.render.plain import plain


def shown(report: object) -> list[str]:
    return [text.rstrip() for text in plain(blocks(report))]


def test_changes_are_told_and_what_to_do_by_hand() -> None:
    hooks = (
        HookChange("post-checkout", Change.CREATED, "/r/.git/hooks/post-checkout"),
        HookChange("pre-push", Change.BY_HAND, "/r/x", "it is no shell script", "a\nb"),
    )
    report = HooksChanged("/r/.git/hooks", "git", hooks, None, executed=True)
    assert shown(report) == [
        "Created post-checkout",
        "By hand: pre-push (it is no shell script)",
        "    a",
        "    b",
        "Hooks are in /r/.git/hooks",
    ]


def test_a_dry_run_says_would() -> None:
    head = HookChange("head file", Change.DELETED, "/r/migrations/head.txt")
    hook = HookChange("pre-push", Change.REMOVED, "/r/.git/hooks/pre-push")
    report = HooksChanged("/r/.git/hooks", "git", (hook,), head, executed=False)
    assert shown(report)[:2] == ["Would take out of pre-push", "Would remove head file"]
    assert shown(report)[-1] == "Nothing has been changed."


def test_status_lists_every_hook() -> None:
    hooks = (
        HookState("pre-push", State.FOREIGN, "/r/x", "it is no shell script"),
        HookState("pre-commit", State.ABSENT, "/r/y"),
    )
    report = HooksStatus("/r/.husky", "husky", hooks, "ask", "/r/head.txt", head_file_stale=True)
    assert shown(report) == [
        "Hooks in  /r/.husky (written by husky)",
        "On switch ask",
        "Head file /r/head.txt (stale)",
        "",
        "hook        state",
        "pre-push    foreign  it is no shell script",
        "pre-commit  absent",
        "Install them with fidesdev hooks install",
    ]


def test_a_hook_that_has_nothing_to_say_is_silent() -> None:
    assert shown(HookRun("post-checkout", "nothing")) == []
    assert shown(HookRun("pre-commit", "passed")) == []


def test_a_short_failure_is_one_line_and_a_long_one_keeps_its_lines() -> None:
    short = HookRun("post-merge", "failed", "no server answers", "Start it.")
    assert shown(short) == ["fidesdev: no server answers. Start it."]
    long = HookRun("post-merge", "failed", "a failed\n  rolled back", "Mend it.")
    assert shown(long) == ["fidesdev: a failed", "  rolled back", "hint: Mend it."]
