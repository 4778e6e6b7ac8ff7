"""Comments in revision files that silence findings: `# fidesdev: ignore[CODE, CODE] reason`."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from fidesdev.core.check_codes import CHECKS, nearest
from fidesdev.core.findings import Finding, finding
from fidesdev.core.lint_codes import LINTS

_IGNORE = re.compile(r"#\s*fidesdev:\s*ignore(?:\[(?P<codes>[^\]]*)\])?(?P<reason>[^#]*)")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One comment; it holds for the whole file."""

    line: int
    codes: tuple[str, ...]
    reason: str


def read_ignores(source: bytes) -> tuple[Ignore, ...]:
    """The ignore comments of a file."""
    if b"fidesdev:" not in source:
        return ()
    text = source.decode(errors="replace")
    return tuple(_ignore(line, found) for line, found in _comments(text))


def without_ignored(
    findings: Iterable[Finding],
    ignores: Iterable[tuple[str, Ignore]],
    checked: Collection[str],
) -> tuple[Finding, ...]:
    """The findings that no ignore silences, and one for each ignore that is of no use.

    `ignores` are pairs of a path and a comment there. One that names a check which did not run
    may be of use another time.
    """
    comments = list(ignores)
    silencing = {(path, code) for path, one in comments if one.reason for code in one.codes}
    given = list(findings)
    used = {(found.path, found.code) for found in given}
    kept = [found for found in given if (found.path, found.code) not in silencing]
    for path, one in comments:
        kept += _useless(path, one, used, checked)
    return tuple(kept)


def _comments(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Line and match of each ignore that is a comment, not part of a string."""
    rest = iter(text.splitlines(keepends=True))
    try:
        tokens = list(tokenize.generate_tokens(lambda: next(rest, "")))
    except (tokenize.TokenError, SyntaxError):  # a broken file still says what it says
        lines = list(enumerate(text.splitlines(), 1))
    else:
        lines = [(t.start[0], t.string) for t in tokens if t.type == tokenize.COMMENT]
    for number, line in lines:
        if found := _IGNORE.search(line):
            yield number, found


def _ignore(line: int, found: re.Match[str]) -> Ignore:
    codes = tuple(filter(None, (code.strip() for code in (found["codes"] or "").split(","))))
    return Ignore(line, codes, found["reason"].strip(" \t:-"))


def _useless(
    path: str, ignore: Ignore, used: set[tuple[str | None, str]], checked: Collection[str]
) -> Iterator[Finding]:
    def useless(message: str, hint: str | None = None) -> Finding:
        return finding("ignore", message, hint=hint, path=path, line=ignore.line)

    if not ignore.codes:
        yield useless("the ignore names no check")
    elif not ignore.reason:
        yield useless(f"the ignore of {', '.join(ignore.codes)} gives no reason")
    for code in ignore.codes:
        if code not in CHECKS and code not in LINTS:
            close = nearest(code, [*CHECKS, *LINTS])
            hint = f"The nearest: {close}. " if close else ""
            yield useless(
                f"the ignore names {code!r}, which is no check",
                f"{hint}See the codes with 'fidesdev db check --explain all' and "
                "'fidesdev db lint --explain all'.",
            )
        elif ignore.reason and code in checked and (path, code) not in used:
            yield useless(f"the ignore of {code} silences nothing")
