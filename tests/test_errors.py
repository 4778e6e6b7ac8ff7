"""The tree of expected failures, as its docstring, JSON output and exit codes promise it."""

from __future__ import annotations

import ast
import builtins
import re
from pathlib import Path

import pytest

from fidesdev import errors
from fidesdev.errors import FidesdevError

CLASSES = [getattr(errors, name) for name in errors.__all__]
EXIT_CODES = {1, 2, 4, 5, 6, 70, 130}
SHARED_CODES = {
    "locked",  # a lock that is busy is what "locked" means
    "unknown_revision",  # asked for, or found in the database: unknown either way
}


def test_the_package_exports_every_class_that_its_files_define() -> None:
    folder = Path(errors.__file__).parent
    defined = {
        node.name
        for file in folder.glob("*.py")
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.ClassDef)
    }
    assert set(errors.__all__) == defined


def test_the_docstring_draws_the_tree_as_it_is() -> None:
    names = "|".join(errors.__all__)
    drawn: dict[str, int] = {}
    for text in (errors.__doc__ or "").partition("\nFidesdevError\n")[2].splitlines():
        depth = len(text) - len(text.lstrip())
        described = re.match(rf"\s*((?:(?:{names})\b\s*)+)", text)
        for name in described[1].split() if described else ():
            drawn[name] = depth
    depths = {
        cls.__name__: 2 * sum(issubclass(other, FidesdevError) for other in cls.__mro__[1:])
        for cls in CLASSES
        if cls is not FidesdevError
    }
    assert drawn == depths


@pytest.mark.parametrize("cls", CLASSES)
def test_each_class_says_what_it_is_and_how_the_process_ends(cls: type[FidesdevError]) -> None:
    assert cls.__doc__
    assert cls.exit_code in EXIT_CODES
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", cls.code)


def test_a_code_names_one_kind_of_failure() -> None:
    own = [cls.__dict__["code"] for cls in CLASSES if "code" in cls.__dict__]
    assert {code for code in own if own.count(code) > 1} <= SHARED_CODES


@pytest.mark.parametrize("cls", [cls for cls in CLASSES if cls.__name__ not in {"Bug"}])
def test_python_callers_can_catch_a_built_in(cls: type[FidesdevError]) -> None:
    known = {value for value in vars(builtins).values() if isinstance(value, type)}
    caught = set(cls.__mro__) & known - {Exception, BaseException, object}
    assert caught or cls is FidesdevError
