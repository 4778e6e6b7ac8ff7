"""The file and line that Compose complains about, as far as its words tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fidesdev.errors import BrokenComposeFile

_NOISE = re.compile(r'time="[^"]*" level=warning|WARNING: |The "?\S+"? variable is not set')
_PATH = re.compile(r"\b(?:services|volumes|networks|secrets|configs)(?:\.[\w-]+)+")
_OPTION = re.compile(r"for \"(\w+)\" option|[Pp]ropert(?:y|ies) '?([\w-]+)'?|: '([\w-]+)'(?:;|$)")
_PUBLISHED = re.compile(r"\$(?:(\w+)|\{(\w+)[^}]*\}):(\d+)(?:/\w+)?$")
_SERVICE = re.compile(r"[Ss]ervice [\"']([\w.-]+)[\"']")


def broken_file(said: str, files: Sequence[Path], *, older: bool) -> BrokenComposeFile:
    """The error for what Compose said of the files, with the place of what it is about."""
    words = _words(said)
    file, line = _place(words, files)
    return BrokenComposeFile(words, file=str(file) if file else None, line=line, older=older)


def _place(words: str, files: Sequence[Path]) -> tuple[Path | None, int | None]:
    """The file and line; Compose's own line number is often that of where the mistake began."""
    for path in files:
        if (line := _syntax_error(path)) is not None:
            return path, line
    keys = _keys(words)
    for path in reversed(files):
        if keys and (line := _line_of(path, keys)) is not None:
            return path, line
    return next(iter(files), None), None


def _words(said: str) -> str:
    """What Compose said without its warnings, and of a Python traceback only its end."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not _NOISE.match(line)]
    if any(line.startswith("Traceback") for line in lines):
        lines = lines[-1:]
    return "; ".join(lines).replace(":; ", ": ") or "Compose does not say why"


def _syntax_error(path: Path) -> int | None:
    """The line where a file is no YAML; None where it is."""
    import yaml

    try:
        _root(path)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return mark.line + 1 if mark else 1
    except (yaml.YAMLError, OSError, UnicodeDecodeError):
        return 1
    return None


def _keys(words: str) -> list[str]:
    """The keys that lead to what the words are about."""
    if found := _PATH.search(words):
        keys = found[0].split(".")
    elif found := _SERVICE.search(words):
        keys = ["services", found[1]]
    else:
        return []
    option = _OPTION.search(words)
    return [*keys, *filter(None, option.groups() if option else ())]


def _line_of(path: Path, keys: Sequence[str]) -> int | None:
    """The line of the last of the keys that the file has; None where it has not the second one."""
    line, depth, node = None, 0, _root(path)
    for key in keys:
        for name, value in _pairs(node):
            if name.value == key:
                line, depth, node = name.start_mark.line + 1, depth + 1, value
                break
        else:
            break
    return line if depth > 1 else None


def _pairs(node: Any) -> Iterator[tuple[Any, Any]]:
    import yaml

    if isinstance(node, yaml.MappingNode):
        yield from node.value


def _root(path: Path) -> Any:
    """The file as nodes with their places; nothing in it is made into Python objects."""
    import yaml

    with path.open(encoding="utf-8") as text:
        return yaml.compose(text, Loader=yaml.SafeLoader)


def port_variable(files: Sequence[Path], service: str, target: int) -> str | None:
    """The variable by which the files publish a port, as in `${DB_PORT:-5432}:5432`."""
    for path in reversed(files):
        ports = _at(_root(path), ("services", service, "ports"))
        for entry in getattr(ports, "value", None) or ():
            if (name := _variable_of(entry, target)) is not None:
                return name
    return None


def _at(node: Any, keys: Sequence[str]) -> Any:
    for key in keys:
        node = next((value for name, value in _pairs(node) if name.value == key), None)
    return node


def _variable_of(entry: Any, target: int) -> str | None:
    """The variable of one entry: `ADDRESS:${NAME...}:TARGET/PROTOCOL`, or a table."""
    long = {name.value: value.value for name, value in _pairs(entry)}
    text = f"{long.get('published')}:{long.get('target')}" if long else str(entry.value)
    found = _PUBLISHED.search(text)
    return (found[1] or found[2]) if found and int(found[3]) == target else None
