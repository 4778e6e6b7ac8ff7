"""The answer to a shell that asks, at Tab, what the word at the cursor may become.

Typer is not imported for it: the command line is read from what an earlier answer kept.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from fidesdev.cli.outline import edition, outline
from fidesdev.core.completion import FILE, Value, Wanted, lines, look, offers

PATIENCE = "FIDESDEV_COMPLETE_SECONDS"
"""Set by whoever would rather wait so long for a database that is far away."""
_WHOLE = 0.14
"""Seconds of processor time from the start after which nobody waits for a database."""
_LEAST, _MOST = 0.05, 0.1


def answer(shell: str, arguments: Sequence[str]) -> int:
    """Print what the shell's script reads; whatever goes wrong, there is nothing to offer."""
    with suppress(Exception):
        words, typed = _split(arguments[0]) if shell == "bash" else (arguments[:-1], arguments[-1])
        wanted = _wanted(words[1:], typed)
        offered = offers(wanted, wanted.values or _values(wanted))
        breaks = os.environ.get("COMP_WORDBREAKS", "")
        told = lines(shell, offered, typed=typed, breaks=breaks)
        sys.stdout.write("\n".join([FILE if wanted.kind == FILE else "value", *told, ""]))
        sys.stdout.flush()
    return 0


def _wanted(words: Sequence[str], typed: str) -> Wanted:
    from fidesdev.services.completion import command_line

    known = command_line(edition(), outline)
    if words[:1] == ["help"] and words[1:] and not typed.startswith("-"):
        words = words[2:] if words[1] == "json" else words[1:]
        wanted = look(known, words, typed)
        return Wanted(wanted.values if " ".join(words) in known else (), typed=typed)
    return look(known, words, typed)


def _values(wanted: Wanted) -> tuple[Value, ...]:
    if wanted.kind == "topic":
        from fidesdev.cli.help import TOPICS

        return (*TOPICS.items(), *(one for one in _wanted([], "").values if one[0] not in TOPICS))
    if wanted.kind == "shell":
        return (("bash", ""), ("zsh", ""), ("fish", ""))
    from fidesdev.services.completion import values

    left = min(_MOST, max(_LEAST, _WHOLE - time.process_time()))
    return values(wanted, seconds=float(os.environ.get(PATIENCE) or left))


def _split(line: str) -> tuple[list[str], str]:
    """The words before the cursor and the one that it is in, as bash would read them."""
    import shlex

    lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:  # a quote that is still open
        words.append(lexer.token)
    return (words, "") if line[-1:].isspace() and line[-2:-1] != "\\" else (words[:-1], words[-1])
