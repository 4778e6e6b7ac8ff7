"""A walk along a small command line, and what each shell reads."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from fidesdev.core.completion import Node, Parameter, lines, look, offers, read_outline

OUTLINE = {
    "": Node(
        below=(("db", "The database."),),
        options=(Parameter(("-q", "--quiet"), takes_value=False), Parameter(("-C",), "DIR")),
    ),
    "db": Node(below=(("goto", "Go there."),)),
    "db goto": Node(
        options=(
            Parameter(("--exactly",), takes_value=False),
            Parameter(("-x",), "KEY=VALUE", repeats=True),
            Parameter(("--format",), choices=("table", "csv")),
        ),
        arguments=(Parameter((), "REV"), Parameter((), "[FILE]...", repeats=True)),
    ),
}


@pytest.mark.parametrize(
    ("words", "typed", "offered"),
    [
        ("", "d", ["db"]),
        ("-q", "d", ["db"]),
        ("-C there", "d", ["db"]),
        ("db", "", ["goto"]),
        ("db goto", "--", ["--exactly", "--format", "--quiet"]),
        ("db goto --exactly -q", "--", ["--format"]),
        ("db goto -x a=1", "-x", ["-x"]),
        ("db goto --format", "", ["table", "csv"]),
        ("db goto", "--format=c", ["--format=csv"]),
        ("db goto --", "--", []),
        ("nothing", "", []),
    ],
)
def test_what_may_follow_is_offered(words: str, typed: str, offered: list[str]) -> None:
    wanted = look(OUTLINE, words.split(), typed)
    assert [value for value, _told in offers(wanted, wanted.values)] == offered


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("db goto", "revision"),
        ("db goto -1", "file"),
        ("db goto -", "file"),
        ("db goto a b c", "file"),
        ("-C", "file"),
        ("db goto -x", ""),
    ],
)
def test_the_kind_of_an_argument_is_known_by_its_place(words: str, kind: str) -> None:
    assert look(OUTLINE, words.split(), "").kind == kind


def test_options_on_the_way_are_kept() -> None:
    given = look(OUTLINE, ["-C", "there", "db", "goto", "-q"], "").given
    assert given == {"-C": "there", "--quiet": ""}


def test_an_outline_survives_json() -> None:
    facts = json.loads(json.dumps({path: asdict(node) for path, node in OUTLINE.items()}))
    assert read_outline(facts) == OUTLINE


def test_bash_is_given_what_stands_after_its_last_break() -> None:
    offered = [("git:main", ""), ("git:a b", "")]
    assert list(lines("bash", offered, typed="git:", breaks=":=")) == ["main", r"a\ b"]
    assert list(lines("bash", offered, typed="git:", breaks="=")) == ["git:main", r"git:a\ b"]


def test_zsh_and_fish_are_given_what_is_told_too() -> None:
    offered = [("a", "one\nthing"), ("long", "")]
    assert list(lines("zsh", offered, typed="", breaks="")) == ["a\ta     one thing", "long\tlong"]
    assert list(lines("fish", offered, typed="", breaks="")) == ["a\tone thing", "long"]
