"""Blocks go into hooks and out again, and everything else survives byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.hook_blocks import (
    PREAMBLE,
    Block,
    created,
    has_block,
    is_damaged,
    is_ours,
    is_shell,
    lefthook_snippet,
    pre_commit_snippet,
    put,
    run_line,
    taken_out,
    without_blocks,
)
from fidesdev.core.hooks import HOOKS

BLOCK = Block("post-checkout", ".", ("migrations/versions",), ("/opt/bin/fidesdev",))
OTHER = Block("post-checkout", "services/api", ("services/api/versions",))
LINES = st.lists(
    st.sampled_from([b"", b"#!/bin/sh", b"set -e", b"# >>>", b"exit 0", b"\xe9t\xe9", b"fidesdev"])
)


@st.composite
def hooks(draw: st.DrawFn) -> bytes:
    """A hook of somebody else's: any lines, line endings of one kind or mixed."""
    endings = draw(st.sampled_from([(b"\n",), (b"\r\n",), (b"\n", b"\r\n")]))
    lines = [line + draw(st.sampled_from(endings)) for line in draw(LINES)]
    return b"".join(lines) + draw(st.sampled_from([b"", b"#!/bin/sh", b"exec true"]))


@given(hooks(), st.sampled_from(HOOKS))
def test_taking_out_what_was_put_in_leaves_the_hook_as_it_was(content: bytes, hook: str) -> None:
    block = Block(hook, ".", ("a b/c", "it's"), ("/x/fidesdev",))
    with_block = put(content, block)
    assert has_block(with_block, ".")
    assert not is_damaged(with_block)
    assert put(with_block, block) == with_block
    assert taken_out(with_block, ".") == content
    assert without_blocks(content) == content


@given(hooks())
def test_blocks_of_two_projects_do_not_touch_each_other(content: bytes) -> None:
    both = put(put(content, BLOCK), OTHER)
    assert has_block(both, ".")
    assert has_block(both, "services/api")
    only_other = taken_out(both, ".")
    assert only_other is not None
    assert not has_block(only_other, ".")
    assert taken_out(only_other, "services/api") == content


@given(hooks())
def test_an_update_changes_the_block_alone(content: bytes) -> None:
    old = put(content, Block("pre-push", ".", ("old",), ("/gone/fidesdev",)))
    new = put(old, Block("pre-push", ".", ("new", "more"), ("/x/python", "-m", "fidesdev")))
    assert new == put(
        content, Block("pre-push", ".", ("new", "more"), ("/x/python", "-m", "fidesdev"))
    )


def test_the_block_comes_first_since_a_hook_may_end_anywhere() -> None:
    text = put(b"#!/bin/bash\nset -e\nexec other\n", BLOCK).decode()
    assert text.startswith("#!/bin/bash\n# >>> fidesdev >>>\n")
    assert text.endswith("# <<< fidesdev <<<\nset -e\nexec other\n")


def test_a_file_of_ours_goes_when_the_last_block_does() -> None:
    alone = created(BLOCK)
    assert is_ours(alone)
    assert taken_out(alone, ".") is None
    both = put(alone, OTHER)
    assert taken_out(taken_out(both, ".") or b"", "services/api") is None
    assert taken_out(alone, "services/api") == alone


def test_a_file_of_ours_stays_when_somebody_added_to_it() -> None:
    more = created(BLOCK) + b"make lint\n"
    assert not is_ours(more)
    assert taken_out(more, ".") == PREAMBLE + b"make lint\n"


def test_an_empty_hook_that_was_there_stays() -> None:
    assert taken_out(put(PREAMBLE, BLOCK), ".") == PREAMBLE


def test_crlf_is_kept_and_hidden_from_the_shell() -> None:
    text = put(b"#!/bin/sh\r\necho hi\r\n", BLOCK)
    assert b"\n" not in text.replace(b"\r\n", b"")
    inserted = text.removeprefix(b"#!/bin/sh\r\n").removesuffix(b"echo hi\r\n").split(b"\r\n")
    assert all(line.endswith(b" #") for line in inserted[:-1])


@pytest.mark.parametrize(
    "content",
    [
        b"#!/bin/sh\n# >>> fidesdev >>>\necho\n",
        b"#!/bin/sh\necho\n# <<< fidesdev <<<\n",
        created(BLOCK).replace(b"# <<< fidesdev <<<", b"") + created(OTHER),
    ],
)
def test_half_a_block_is_noticed(content: bytes) -> None:
    assert is_damaged(content)


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (b"#!/bin/sh", True),
        (b"#! /bin/sh -e", True),
        (b"#!/usr/bin/env bash", True),
        (b"#!/usr/bin/env -S bash -eu", True),
        (b"#!/usr/bin/env -S LANG=C zsh", True),
        (b"#!/bin/busybox sh", True),
        (b"#!/bin/sh\r", True),
        (b"echo no interpreter: git runs sh", True),
        (b"", True),
        (b"#!/usr/bin/env python3", False),
        (b"#!/usr/bin/python3 -S", False),
        (b"#!/usr/bin/fish", False),
        (b"#!/usr/bin/env -S uv run --script", False),
        (b"#!", False),
        (b"\x7fELF\x02\0\0", False),
    ],
)
def test_only_posix_shells_take_a_block(first: bytes, expected: bool) -> None:
    assert is_shell(first + b"\n...\n") is expected


def test_a_project_in_a_folder_is_named_in_what_others_run() -> None:
    assert run_line("pre-push", ".") == "fidesdev hooks run pre-push"
    assert run_line("pre-push", "a b") == "fidesdev -C 'a b' hooks run pre-push"
    assert "      run: fidesdev hooks run post-merge {0}" in lefthook_snippet("post-merge", ".")
    assert "use_stdin: true" in lefthook_snippet("pre-push", ".")
    assert "      stages: [pre-commit]" in pre_commit_snippet("pre-commit", ".")
    assert "$PRE_COMMIT_FROM_REF" in pre_commit_snippet("post-checkout", ".")
