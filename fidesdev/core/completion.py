"""What the word at the cursor may become: the command line as values, and a walk along it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Value = tuple[str, str]
"""What may be inserted, and what is told about it."""

FILE = "file"
_OF_OPTION = {
    "--status": "status",
    "--policy": "policy",
    "--action": "action",
    "--include": "included",
    "--sort": "sort",
    "--role": "role",
    "--as": "user",
    "--only": "code",
    "--explain": "code",
    "--forget": "revision",
    "-C": FILE,
}
_OF_METAVAR = {
    "REV": "revision",
    "A:B": "range",
    "REF": "ref",
    "SERVICE": "service",
    "SERVICE -- CMD": "service",
    "MODEL": "model",
    "TABLE.COLUMN": "model",
    "FILE": FILE,
    "FILE|QUERY": FILE,
    "HOOK": "hook",
    "TOPIC": "topic",
    "SHELL": "shell",
    "USER": "user",
    "requests ID": "request",
    "requests ID FIELD=VALUE": "request",
    "snapshot NAME": "snapshot",
    "snapshot OLD": "snapshot",
    "snapshot A": "snapshot",
    "snapshot B": "snapshot",
    "api NAME": "url",
}
"""What a parameter's place in the help (of one group alone, where it is named) stands for."""
_MINUS = re.compile(r"-(\d+(:.*)?)?")
"""A REV that begins with a minus sign, and a lone `-`."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """An option or argument."""

    names: tuple[str, ...]
    """An option's spellings; none for an argument."""
    metavar: str = ""
    takes_value: bool = True
    repeats: bool = False
    choices: tuple[str, ...] = ()
    help: str = ""

    @property
    def spelling(self) -> str:
        """The long one, if there is one."""
        return max(self.names, key=len)


@dataclass(frozen=True, slots=True)
class Node:
    """A group or a verb."""

    below: tuple[Value, ...] = ()
    """The commands of a group, with their help."""
    options: tuple[Parameter, ...] = ()
    arguments: tuple[Parameter, ...] = ()


Outline = Mapping[str, Node]
"""The whole command line, by the commands' names: "" is the program, then `db`, `db goto`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the shell is to offer for the word at the cursor."""

    values: tuple[Value, ...] = ()
    """What is known from the command line itself."""
    kind: str = ""
    """What has to be looked up."""
    before: str = ""
    """What stands in the word before its value: `--status=`."""
    typed: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    """The options given so far with their values, a flag's being empty, by their long names."""


def read_outline(facts: Mapping[str, Any]) -> Outline:
    """The outline that `dataclasses.asdict` and JSON made of one; raises `TypeError` and kin."""
    return {
        path: Node(
            below=tuple((name, text) for name, text in node["below"]),
            options=tuple(map(_parameter, node["options"])),
            arguments=tuple(map(_parameter, node["arguments"])),
        )
        for path, node in facts.items()
    }


def look(outline: Outline, words: Sequence[str], typed: str) -> Wanted:
    """What may stand in the place of `typed`, after `words` (without the program's name)."""
    walk = _Walk(outline)
    for word in words:
        walk.pass_by(word)
    if walk.is_lost:
        return Wanted()
    if walk.waiting is not None:
        return walk.wanted(walk.waiting, typed)
    name, equals, rest = typed.partition("=")
    if equals and (option := walk.option(name)):
        return walk.wanted(option, rest, before=name + equals)
    if typed.startswith("-") and not walk.only_arguments:
        return Wanted(walk.options_left(), typed=typed, given=walk.given)
    if walk.node.below:
        return Wanted(walk.node.below, typed=typed, given=walk.given)
    argument = walk.next_argument()
    return walk.wanted(argument, typed) if argument else Wanted()


def offers(wanted: Wanted, values: Iterable[Value]) -> list[Value]:
    """The values that go on from what was typed, as whole words."""
    fitting = (value for value in values if value[0].startswith(wanted.typed))
    return [(wanted.before + text, told) for text, told in fitting]


class _Walk:
    """Where on the command line one is after some words."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.path = ""
        self.waiting: Parameter | None = None
        self.only_arguments = False
        self.is_lost = False
        self.given: dict[str, str] = {}
        self._used: set[str] = set()
        self._count = 0

    @property
    def node(self) -> Node:
        return self.outline[self.path]

    def pass_by(self, word: str) -> None:
        if self.waiting is not None:
            self.given[self.waiting.spelling] = word
            self.waiting = None
        elif word == "--" and not self.only_arguments:
            self.only_arguments = True
        elif word.startswith("-") and not self.only_arguments and not _MINUS.fullmatch(word):
            self._pass_option(word)
        elif self.node.below:
            self.path = f"{self.path} {word}".strip()
            self.is_lost = self.is_lost or self.path not in self.outline
            self.path = "" if self.is_lost else self.path
        else:
            self._count += 1

    def option(self, name: str) -> Parameter | None:
        """The option of that spelling; the program's own may stand anywhere."""
        options = (*self.node.options, *self.outline[""].options)
        return next((option for option in options if name in option.names), None)

    def options_left(self) -> tuple[Value, ...]:
        """The options that may still be given, the command's own first."""
        own, everywhere = self.node.options, self.outline[""].options
        known = {name for option in own for name in option.names}
        more = [] if self.path == "" else [one for one in everywhere if known.isdisjoint(one.names)]
        left = [one for one in (*own, *more) if one.repeats or one.spelling not in self._used]
        return tuple((one.spelling, one.help) for one in left)

    def next_argument(self) -> Parameter | None:
        """The argument at the cursor; the last one may go on."""
        arguments = self.node.arguments
        if self._count < len(arguments):
            return arguments[self._count]
        return arguments[-1] if arguments and arguments[-1].repeats else None

    def wanted(self, parameter: Parameter, typed: str, *, before: str = "") -> Wanted:
        """What the parameter may be."""
        if parameter.choices:
            choices = tuple((choice, "") for choice in parameter.choices)
            return Wanted(choices, before=before, typed=typed, given=self.given)
        kind = _kind(parameter, self.path.partition(" ")[0])
        return Wanted(kind=kind, before=before, typed=typed, given=self.given)

    def _pass_option(self, word: str) -> None:
        name, equals, value = word.partition("=")
        option = self.option(name)
        if option is None:
            return
        self._used.add(option.spelling)
        if option.takes_value and equals:
            self.given[option.spelling] = value
        elif option.takes_value:
            self.waiting = option
        else:
            self.given[option.spelling] = ""


def _kind(parameter: Parameter, group: str) -> str:
    metavar = re.sub(r"[][{}]|\.\.\.", "", parameter.metavar).strip()
    if parameter.names:
        own = [_OF_OPTION[name] for name in parameter.names if name in _OF_OPTION]
        return own[0] if own else _OF_METAVAR.get(metavar, "")
    return _OF_METAVAR.get(f"{group} {metavar}") or _OF_METAVAR.get(metavar, "")


def _parameter(facts: Mapping[str, Any]) -> Parameter:
    lists = {key: tuple(facts[key]) for key in ("names", "choices")}
    return Parameter(**{**facts, **lists})


def lines(shell: str, offered: Sequence[Value], *, typed: str, breaks: str) -> Iterator[str]:
    """The values as the shell's script reads them; `breaks` end a word for bash."""
    if shell == "bash":
        done = 1 + max((typed.rfind(mark) for mark in breaks if mark in ":=@"), default=-1)
        yield from (_escaped(value)[len(_escaped(typed[:done])) :] for value, _told in offered)
        return
    width = max((len(value) for value, _told in offered), default=0)
    for value, told in offered:
        about = " ".join(told.split())
        shown = f"{value:{width}}  {about}".rstrip() if shell == "zsh" else about
        yield f"{value}\t{shown}" if shown else value


def _escaped(text: str) -> str:
    return re.sub(r"([^\w@%+=:,./~^-])", r"\\\1", text)
