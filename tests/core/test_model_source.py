"""The text of a new model, in two styles, and where its import goes."""

from __future__ import annotations

import ast

import pytest

from fidesdev.core.model_fields import KINDS, parse_fields
from fidesdev.core.model_source import House, model_text, parse_name, registered
from fidesdev.errors import UsageError

FIELDS = ("title:str(200):index", "pages:int?", "author_id:str:fk=author.id:unique", "facts:json?")


def test_a_model_with_annotations() -> None:
    text = model_text(
        parse_name("BookShelf"), parse_fields(FIELDS), House("shop.base", json="JSONB")
    )
    assert (
        text
        == '''"""Models about each book shelf."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shop.base import Base


class BookShelf(Base):
    """One book shelf."""

    title: Mapped[str] = mapped_column(String(200), index=True)
    pages: Mapped[int | None]
    author_id: Mapped[str] = mapped_column(String, ForeignKey("author.id"), unique=True)
    facts: Mapped[Any] = mapped_column(JSONB, nullable=True)
'''
    )


def test_a_model_with_columns_of_a_base_that_gives_nothing() -> None:
    house = House("fides.api.db.base_class", mapped=False, names_tables=False, has_id=False)
    text = model_text(parse_name("book"), parse_fields(FIELDS), house)
    assert (
        text.partition("annotations\n\n")[2]
        == '''from sqlalchemy import Column, ForeignKey, Integer, JSON, String

from fides.api.db.base_class import Base


class Book(Base):
    """One book."""

    __tablename__ = "book"

    id = Column(Integer, primary_key=True)
    title = Column(String(200), index=True, nullable=False)
    pages = Column(Integer, nullable=True)
    author_id = Column(String, ForeignKey("author.id"), unique=True, nullable=False)
    facts = Column(JSON, nullable=True)
'''
    )


@pytest.mark.parametrize("mapped", [True, False])
def test_every_type_is_python_that_runs(mapped: bool) -> None:
    fields = parse_fields([f"f{n}:{name}{'?' * (n % 2)}" for n, name in enumerate(KINDS)])
    text = model_text(parse_name("Thing"), fields, House("tests.nothing", mapped=mapped))
    tree = ast.parse(text)
    names = {
        alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    loaded = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - {
        f"f{n}" for n in range(99)
    }
    assert (
        loaded - names <= {"str", "int", "float", "bool", "bytes", "list", "mapped_column"} | names
    )
    assert names - {"annotations"} <= loaded


@pytest.mark.parametrize(
    "text",
    [
        *("x", "x:", ":int", "x:number", "2x:int", "class:int", "X:int", "x:int:", "x:int:big"),
        *(
            "x:int(3)",
            "x:str(a)",
            "x:str(1,2)",
            "metadata:str",
            "x:str:fk=a",
            'x:str:fk=a.b"',
            "é:int",
        ),
    ],
)
def test_what_is_no_field_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_fields([text])


@pytest.mark.parametrize("texts", [[], ["a:int", "a:str"], ["date:date"], ["time:str", "x:time"]])
def test_fields_that_do_not_go_together_are_refused(texts: list[str]) -> None:
    with pytest.raises(UsageError):
        parse_fields(texts)


@pytest.mark.parametrize(
    "text", ["", "2", "A b", "a-b", "class", "None", "Base", "String", "é", "A_b"]
)
def test_what_is_no_class_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_name(text)


BASE = '''"""Every model."""

from shop.base import Base
from shop.models.author import Author
from shop.models.shop import (
    Shop,
)

__all__ = [
    "Author",
    "Base",
    "Shop",
]
'''


@pytest.mark.parametrize(
    ("cls", "module", "after"),
    [
        ("Book", "shop.models.book", "from shop.models.author import Author\n"),
        ("Zoo", "shop.models.zoo", "    Shop,\n)\n"),
        ("Aaa", "shop.models.aaa", "from shop.base import Base\n"),
    ],
)
def test_an_import_is_sorted_in(cls: str, module: str, after: str) -> None:
    text = registered(BASE, module, cls)
    assert f"{after}from {module} import {cls}\n" in text
    values = ast.literal_eval(text.partition("__all__ = ")[2])
    assert values == sorted(["Author", "Base", "Shop", cls])
    assert len(text.splitlines()) == len(BASE.splitlines()) + 2


def test_a_file_with_nothing_but_a_docstring_gets_its_first_import() -> None:
    assert registered('"""Models."""\n', "a.b", "B") == '"""Models."""\nfrom a.b import B\n'
    assert registered("", "a.b", "B") == "from a.b import B\n"
    with pytest.raises(UsageError, match="no Python"):
        registered("def", "a.b", "B")
