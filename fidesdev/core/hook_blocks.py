"""The text of our blocks in git hooks: put in, found and taken out without touching the rest.

A block comes first in a hook, right after `#!`, since what follows may `exec` or `exit`. It runs in
a subshell, so that no variable, option or folder of the hook changes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from shlex import quote

BEGIN, END = "# >>> fidesdev >>>", "# <<< fidesdev <<<"
PREAMBLE = b"#!/bin/sh\n"
"""What a hook that we create begins with."""
_MADE = "# Written by 'fidesdev hooks install', as was this file; 'hooks uninstall' removes both."
_PUT = "# Written by 'fidesdev hooks install'; 'fidesdev hooks uninstall' takes it out."
_REFS = "$fidesdev_refs"
_REFS_END = "fidesdev_end"
_BLOCK = re.compile(
    rb"^# >>> fidesdev >>>(?: (?P<folder>[^\r\n]*?))??(?: #)?\r?\n(?:(?!# >>> fidesdev >>>).*\n)*?"
    rb"# <<< fidesdev <<<(?: #)?\r?(?:\n|\Z)",
    re.MULTILINE,
)
_SHELLS = {"sh", "ash", "bash", "dash", "ksh", "ksh93", "mksh", "oksh", "yash", "zsh"}
_OFF = 'case "${FIDESDEV_HOOKS-}" in off | no | false | 0) exit 0 ;; esac'
_CONFIGURED = '[ "$(git config --type=bool --get fidesdev.hooks)" != false ] || exit 0'
_ONLY_IF_IT_DIFFERS = "[ $? = 1 ] || exit 0"
_TERMINAL = "if [ -t 2 ] && (: </dev/tty) 2>/dev/null; then exec </dev/tty; fi"
_MISSING = (
    "echo \"fidesdev was not found, so this hook did nothing; see 'fidesdev hooks status'\" >&2"
)
_ONLY_A_FINDING_STOPS_GIT = "[ $? != 3 ]"
_NEVER_STOPS_GIT = ") </dev/null || :"
_GIT = "git --literal-pathspecs"
_NOT_IN_A_REBASE = (
    "for fidesdev_state in rebase-merge rebase-apply; do",
    '    [ ! -d "$(git rev-parse --git-path "$fidesdev_state")" ] || exit 0',
    "done",
)
"""The database follows when the rebase is over, not commit by commit."""


@dataclass(frozen=True, slots=True)
class Block:
    """What one block is about."""

    hook: str
    folder: str
    """The project's, relative to the working tree; a block belongs to one project."""
    versions: tuple[str, ...]
    """The folders of revisions, relative to the working tree."""
    program: tuple[str, ...] = ()
    """How to start fidesdev where PATH is not asked."""

    def render(self, *, newline: bytes = b"\n", made: bool = False) -> bytes:
        """The block without a last line ending; `made` says that the file is ours too.

        With CRLF each line ends in a comment, which hides the CR from the shell.
        """
        begin = BEGIN if self.folder == "." else f"{BEGIN} {self.folder}"
        lines = [begin, _MADE if made else _PUT, *_BODIES[self.hook](self), END]
        if newline == b"\r\n":
            lines = [x if x in {_REFS, _REFS_END} else _hiding_the_cr(x) for x in lines]
        return "\n".join(lines).encode(errors="surrogateescape")


def put(content: bytes, block: Block) -> bytes:
    """The hook with the block; one of the same project is replaced where it stands."""
    others = without_blocks(content)
    newline = b"\r\n" if others.count(b"\r\n") * 2 > others.count(b"\n") else b"\n"
    if found := _find(content, block.folder):
        old = found[0].rstrip(b"\n")
        text = block.render(newline=newline, made=_MADE.encode() in old)
        return content[: found.start()] + text + content[found.start() + len(old) :]
    text = block.render(newline=newline, made=is_ours(content))
    first, separator, rest = content.partition(b"\n")
    if not content.startswith(b"#!"):
        return text + b"\n" + content
    if not separator:
        return first + b"\n" + text
    return first + separator + text + b"\n" + rest


def created(block: Block) -> bytes:
    """A hook with nothing but the block."""
    return PREAMBLE + block.render(made=True) + b"\n"


def taken_out(content: bytes, folder: str) -> bytes | None:
    """The hook as it was before `put`; None where the file itself was ours and can go."""
    found = _find(content, folder)
    if not found:
        return content
    start, end = found.span()
    if not found[0].endswith(b"\n"):  # the line before had no ending until we came
        start = max(start - 1, 0)
    rest = content[:start] + content[end:]
    return None if is_ours(content) and rest == PREAMBLE else rest


def has_block(content: bytes, folder: str) -> bool:
    """Whether the hook has a block of this project."""
    return _find(content, folder) is not None


def without_blocks(content: bytes) -> bytes:
    """What others wrote into the hook."""
    return _BLOCK.sub(b"", content)


def is_ours(content: bytes) -> bool:
    """Whether we created the file, and nobody added anything."""
    blocks = list(_BLOCK.finditer(content))
    made = any(_MADE.encode() in found[0] for found in blocks)
    return made and without_blocks(content) == PREAMBLE


def is_damaged(content: bytes) -> bool:
    """Whether there is a beginning or an end of a block without the other."""
    whole = len(_BLOCK.findall(content))
    begins = len(re.findall(rb"^# >>> fidesdev >>>", content, re.MULTILINE))
    ends = len(re.findall(rb"^# <<< fidesdev <<<", content, re.MULTILINE))
    return not begins == ends == whole


def is_shell(content: bytes) -> bool:
    """Whether a POSIX shell runs the hook; git starts one for a text without `#!`."""
    if b"\0" in content:
        return False
    first = content.partition(b"\n")[0].strip()
    if not first.startswith(b"#!"):
        return True
    words = first[2:].split()
    names = [word.rpartition(b"/")[2].decode(errors="replace") for word in words]
    if names[:1] == ["env"]:
        names = [x for x in names[1:] if not x.startswith("-") and "=" not in x]
    if names[:1] == ["busybox"]:
        names = names[1:]
    return bool(names) and names[0] in _SHELLS


def run_line(hook: str, folder: str) -> str:
    """What a hook written by others has to run."""
    return f"fidesdev {'' if folder == '.' else f'-C {quote(folder)} '}hooks run {hook}"


def lefthook_snippet(hook: str, folder: str) -> str:
    """What to add to lefthook.yml."""
    # a question needs the terminal, and git tells pre-push on stdin what is pushed
    more = {"pre-push": "use_stdin: true", "pre-commit": ""}.get(hook, "interactive: true")
    lines = [
        f"{hook}:",
        "  commands:",
        "    fidesdev:",
        f"      run: {run_line(hook, folder)} {{0}}",
    ]
    return "\n".join([*lines, *([f"      {more}"] if more else [])])


def pre_commit_snippet(hook: str, folder: str) -> str:
    """What to add to the `repos` of .pre-commit-config.yaml."""
    entry = run_line(hook, folder)
    if variables := _PRE_COMMIT_ARGUMENTS.get(hook):
        entry = f"sh -c '{entry} {variables}'"
    return "\n".join(
        [
            "- repo: local",
            "  hooks:",
            f"    - id: fidesdev-{hook}",
            f"      name: fidesdev {hook}",
            "      language: system",
            f"      entry: {entry}",
            f"      stages: [{hook}]",
            "      pass_filenames: false",
            "      always_run: true",
            "      verbose: true",
        ]
    )


_PRE_COMMIT_ARGUMENTS = {
    "post-checkout": '"$PRE_COMMIT_FROM_REF" "$PRE_COMMIT_TO_REF" "$PRE_COMMIT_CHECKOUT_TYPE"',
    "post-merge": '"$PRE_COMMIT_IS_SQUASH_MERGE"',
}
"""pre-commit hands on what git said in variables: https://pre-commit.com/#post-checkout."""


def _find(content: bytes, folder: str) -> re.Match[bytes] | None:
    wanted = b"" if folder == "." else folder.encode(errors="surrogateescape")
    return next((x for x in _BLOCK.finditer(content) if (x["folder"] or b"") == wanted), None)


def _hiding_the_cr(line: str) -> str:
    return f"{line} #\r"


def _after_checkout(block: Block) -> list[str]:
    diff = f'{_GIT} diff-tree -r --quiet "$1" "$2" -- {_paths(block)} 2>/dev/null'
    return ["(", *_indented(_OFF, '[ "$3" = 1 ] || exit 0', diff), *_offer(block), _NEVER_STOPS_GIT]


def _after_merge(block: Block) -> list[str]:
    squashed = f"{_GIT} diff-index --cached --quiet HEAD -- {_paths(block)} 2>/dev/null"
    merged = f"{_GIT} diff-tree -r --quiet ORIG_HEAD HEAD -- {_paths(block)} 2>/dev/null"
    choice = ('if [ "$1" = 1 ]; then', f"    {squashed}", "else", f"    {merged}", "fi")
    return ["(", *_indented(_OFF, *choice), *_offer(block), _NEVER_STOPS_GIT]


def _offer(block: Block) -> list[str]:
    start = _start(block, '"$@"')
    return _indented(_ONLY_IF_IT_DIFFERS, _CONFIGURED, *_NOT_IN_A_REBASE, _TERMINAL, *start)


def _before_commit(block: Block) -> list[str]:
    diff = f"{_GIT} diff --cached --quiet --no-ext-diff -- {_paths(block)} 2>/dev/null"
    checks = (_OFF, diff, _ONLY_IF_IT_DIFFERS, _CONFIGURED)
    body = _indented(*checks, *_start(block, ""), _ONLY_A_FINDING_STOPS_GIT)
    return ["(", *body, ") </dev/null || exit 1"]


def _before_push(block: Block) -> list[str]:
    """What git says on stdin is read, and handed to the rest of the hook again."""
    start = _start(block, '"$@"')
    return [
        "fidesdev_refs=$(cat)",
        "(",
        *_indented(_OFF, _CONFIGURED, *start, _ONLY_A_FINDING_STOPS_GIT),
        f") <<{_REFS_END} || exit 1",
        *(_REFS, _REFS_END),
        f'[ -z "$fidesdev_refs" ] || exec <<{_REFS_END}',
        *(_REFS, _REFS_END),
    ]


def _start(block: Block, arguments: str) -> list[str]:
    """Start what was recorded, else what PATH has, else say that there is neither."""
    place = "" if block.folder == "." else f"-C {quote(block.folder)} "
    verb = f"{place}hooks run {block.hook} {arguments}".rstrip()
    elsewhere = ["command -v fidesdev >/dev/null 2>&1; then", f"    fidesdev {verb}"]
    last = ["else", f"    {_MISSING}", "fi"]
    if not block.program:
        return [f"if {elsewhere[0]}", elsewhere[1], *last]
    recorded = " ".join(map(quote, block.program))
    first = [f"if [ -x {quote(block.program[0])} ]; then", f"    {recorded} {verb}"]
    return [*first, f"elif {elsewhere[0]}", elsewhere[1], *last]


def _indented(*lines: str) -> list[str]:
    return [f"    {line}" for line in lines]


def _paths(block: Block) -> str:
    return " ".join(map(quote, block.versions))


_BODIES = {
    "post-checkout": _after_checkout,
    "post-merge": _after_merge,
    "pre-commit": _before_commit,
    "pre-push": _before_push,
}
