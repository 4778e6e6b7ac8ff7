"""Help: every verb's examples and relatives, the topics, and what is said of mistyped words."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer._click import Context
from typer.core import TyperGroup

from fidesdev import errors
from fidesdev.cli.app import GROUPS, TASKS, program
from fidesdev.cli.examples import commands, usage_of
from fidesdev.cli.help import FOLDER, TOPICS
from fidesdev.core.documents import document_schema, failure_schema
from fidesdev.core.target import parse_target
from tests.cli.processes import Answer, fidesdev
from tests.cli.test_verbs import VERBS
from tests.projects import make_project

TEXTS = {name: (FOLDER / f"{name}.txt").read_text(encoding="utf-8") for name in TOPICS}
TYPED = re.compile(r"fidesdev ([a-z]+(?: [a-z][a-z-]*)?)", re.MULTILINE)


def run(*arguments: str, cwd: Path) -> Answer:
    return fidesdev(*arguments, cwd=cwd)


def parse(example: str) -> Context:
    """The context of the verb, its options and arguments read and nothing done."""
    ctx = program().make_context("fidesdev", shlex.split(example, comments=True), obj={})
    while isinstance(ctx.command, TyperGroup):
        name, command, rest = ctx.command.resolve_command(ctx, [*ctx._protected_args, *ctx.args])
        assert command is not None
        ctx = command.make_context(name, rest, parent=ctx)
    return ctx


def test_every_verb_is_in_the_table_of_examples_and_nothing_else_is() -> None:
    missing, unknown = set(VERBS) - set(commands()), set(commands()) - set(VERBS)
    assert (missing, unknown) == (set(), set()), "see fidesdev/cli/examples.txt"


@pytest.mark.parametrize("verb", commands())
def test_examples_parse_and_related_verbs_exist(verb: str) -> None:
    usage = usage_of(verb)
    assert usage.question.endswith("?")
    assert 2 <= len(usage.examples) <= 3
    for example in usage.examples:
        assert parse(example).command_path == f"fidesdev {verb}"
    topics = {f"help {topic}" for topic in TOPICS}
    assert usage.related
    assert set(usage.related) <= (set(VERBS) | topics) - {verb}


def test_help_shows_question_examples_and_relatives(tmp_path: Path) -> None:
    shown = run("db", "goto", "--help", cwd=tmp_path).out
    usage = usage_of("db goto")
    assert usage.question in shown
    assert all(f"  fidesdev {example}\n" in shown for example in usage.examples)
    assert f"See also:\n  {', '.join(usage.related)}\n" in shown


def test_every_group_is_listed_under_one_task(tmp_path: Path) -> None:
    listed = [name for names in TASKS.values() for name in names]
    assert sorted(listed) == sorted(GROUPS)
    shown = run("--help", cwd=tmp_path).out
    assert all(f"\n{heading}:\n" in shown for heading in TASKS)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_fits_its_screen_and_is_listed(topic: str, tmp_path: Path) -> None:
    text = TEXTS[topic]
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) <= 48
    assert {path.stem for path in FOLDER.iterdir()} == set(TOPICS)
    assert run("help", topic, cwd=tmp_path).out == text


@pytest.mark.parametrize("topic", TOPICS)
def test_commands_that_a_topic_names_exist(topic: str) -> None:
    known = set(VERBS) | {f"help {name}" for name in TOPICS} | set(GROUPS)
    typed = set(TYPED.findall(TEXTS[topic]))
    assert {name for name in typed if name not in known} == set()


def test_exit_codes_are_those_of_the_errors() -> None:
    told = {int(code) for code in re.findall(r"^ {2,4}(\d+) ", TEXTS["exit-codes"], re.MULTILINE)}
    assert told == {0, 3} | {kind.exit_code for kind in every(errors.FidesdevError)}


def test_every_form_of_rev_is_one() -> None:
    listing = TEXTS["rev"].split("\n\n")[2]
    forms = re.findall(r"^  (\S+(?: {2}\S+)?)  +\S|^  (versions/\S+)$", listing, re.MULTILINE)
    found = [form for pair in forms for text in pair for form in text.split()]
    assert len(found) >= 15
    for form in found:
        parse_target(form)


def test_the_range_of_the_last_three_is_three(tmp_path: Path) -> None:
    assert "'head-2:' is the last three" in TEXTS["rev"]
    project = make_project(tmp_path / "p", "base0 > more1 > more2 > more3")
    listed = run("db", "history", "head-2:", "--json", cwd=project.root).json
    assert len(listed["data"]["revisions"]) == 3


def test_help_of_a_verb_is_the_verbs_own(tmp_path: Path) -> None:
    for path in ("db goto", "db", "shell"):
        words = path.split()
        assert run("help", *words, cwd=tmp_path).out == run(*words, "--help", cwd=tmp_path).out


def test_the_schema_of_a_verb_is_help_too(tmp_path: Path) -> None:
    assert json.loads(run("help", "json", "db", "goto", cwd=tmp_path).out) == document_schema(
        "db goto"
    )
    assert json.loads(run("help", "json", "error", cwd=tmp_path).out) == failure_schema()


@pytest.mark.parametrize(
    ("typed", "message", "meant"),
    [
        ("db upgarde", "no such command 'upgarde'", "Did you mean 'fidesdev db upgrade'"),
        ("dbb status", "no such command 'dbb'", "Did you mean 'fidesdev db'?"),
        ("goto head", "no such command 'goto'", "Did you mean 'fidesdev db goto'?"),
        ("db goto --dry-rnu -1", "no such option '--dry-rnu'", "Did you mean '--dry-run'?"),
        ("--jsn db heads", "no such option '--jsn'", "Did you mean '--json'?"),
        ("help sefety", "no topic or command 'sefety'", "Did you mean 'fidesdev help safety'?"),
        ("help db goot", "no such command 'goot'", "Did you mean 'fidesdev help db goto'"),
        ("help rev x", "the topic 'rev' has nothing below it", "Type 'fidesdev help rev'."),
        ("help json db gto", "no such command 'gto'", "Did you mean 'fidesdev help db goto'"),
        ("help json db", "'fidesdev db' prints no JSON, and the commands below it do", "List them"),
        ("db heads two", "unexpected argument 'two'", "See 'fidesdev db heads --help'."),
        ("qqqq", "no such command 'qqqq'", "See 'fidesdev --help'."),
    ],
)
def test_mistyped_words_are_answered_with_the_nearest(
    typed: str, message: str, meant: str, tmp_path: Path
) -> None:
    done = run(*typed.split(), cwd=tmp_path)
    error, hint = done.err.splitlines()
    assert (done.code, done.out, error) == (2, "", f"error: {message}")
    assert hint.startswith(f"hint: {meant}")


def every(kind: type[errors.FidesdevError]) -> Iterator[type[errors.FidesdevError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from every(below)
