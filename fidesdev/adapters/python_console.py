"""The Python prompt, and Python code that somebody else wrote."""

from __future__ import annotations

import linecache
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any

from fidesdev.errors import UsageError

_TYPED = "<command>"


def interact(names: Mapping[str, object], banner: str, *, plain: bool) -> None:
    """Read and run what is typed, until the end of the input."""
    found = [] if plain else [name for name in ("IPython", "ptpython") if find_spec(name)]
    prompt = {"IPython": _ipython, "ptpython": _ptpython}.get(next(iter(found), ""), _python)
    prompt(dict(names), banner)


def run_text(text: str, names: Mapping[str, object], *, debug: bool) -> int:
    """Run the text as a module called `__main__`; its exit code."""
    linecache.cache[_TYPED] = (len(text), None, text.splitlines(keepends=True), _TYPED)
    return _run(lambda: compile(text, _TYPED, "exec"), {**names, "__name__": "__main__"}, debug)


def run_script(
    path: Path, arguments: Sequence[str], names: Mapping[str, object], *, debug: bool
) -> int:
    """Run a file as `python FILE ARGUMENTS` does; its exit code. Raises `UsageError`."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {(error.strerror or str(error)).lower()}",
            hint="Name a Python file: 'fidesdev shell FILE'.",
            path=str(path),
        ) from error
    before = sys.argv, sys.path
    sys.argv, sys.path = [str(path), *arguments], [str(path.resolve().parent), *sys.path]
    try:
        scope = {**names, "__name__": "__main__", "__file__": str(path)}
        return _run(lambda: compile(text, str(path), "exec"), scope, debug)
    finally:
        sys.argv, sys.path = before


def _run(code: Callable[[], CodeType], scope: dict[str, Any], debug: bool) -> int:
    """Its exit code, as Python's own: 0, 1 after a traceback, or what it asked for."""
    try:
        exec(code(), scope)  # noqa: S102 - the user's own code
    except SystemExit as end:
        return _exit_code(end)
    except Exception as error:
        inside = _below_here(error.__traceback__)
        traceback.print_exception(error.with_traceback(inside))
        if debug and inside:
            import pdb

            pdb.post_mortem(inside)
        return 1
    return 0


def _exit_code(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def _below_here(found: TracebackType | None) -> TracebackType | None:
    """The traceback from the user's own first line on; a syntax error has none."""
    while found and found.tb_frame.f_code.co_filename == __file__:
        found = found.tb_next
    return found


def _ipython(names: dict[str, Any], banner: str) -> None:
    from IPython.terminal.embed import InteractiveShellEmbed

    prompt = InteractiveShellEmbed(banner1=banner, exit_msg="", user_ns=names)  # type: ignore[no-untyped-call]
    prompt()


def _ptpython(names: dict[str, Any], banner: str) -> None:
    from ptpython.repl import embed  # type: ignore[import-not-found]

    print(banner)
    embed(globals=names, locals=names)


def _python(names: dict[str, Any], banner: str) -> None:
    import code
    from contextlib import suppress

    with suppress(ImportError):  # some builds have no line editing
        import readline
        import rlcompleter

        readline.set_completer(rlcompleter.Completer(names).complete)
        readline.parse_and_bind("tab: complete")
    code.interact(banner=banner, local=names, exitmsg="")
