"""Markdown as MyST reads it: tables, targets, and text that must not be taken for markup."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Sequence
from itertools import pairwise

_MARKUP = re.compile(r"([\\*_<>\[\]{}$#])")
_CODE = re.compile(r"(`[^`]+`)")


def plain(text: str) -> str:
    """One line of text that means itself; what stands between backticks stays code."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(part if part[:1] == "`" else _MARKUP.sub(r"\\\1", part) for part in parts)


def code(text: str) -> str:
    """Text as code, or nothing."""
    return f"`{text}`" if text else ""


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, or nothing without rows; the cells are Markdown already."""
    listed = [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]
    if not listed:
        return ""
    lines = [" | ".join(headings), " | ".join("---" for _heading in headings), *listed]
    return "".join(f"| {line} |\n" for line in lines) + "\n"


def block(text: str, kind: str = "text") -> str:
    """A fenced block."""
    return f"```{kind}\n{text.rstrip()}\n```\n\n"


def heading(level: int, text: str, target: str = "") -> str:
    """A heading, with a name for links to it."""
    return (f"({target})=\n" if target else "") + f"{'#' * level} {text}\n\n"


def toctree(names: Iterable[str]) -> str:
    """What puts other pages below this one."""
    return block("\n".join([":maxdepth: 1", "", *names]), "{toctree}")


def first_paragraph(documented: object) -> str:
    """The first paragraph of a docstring."""
    return (inspect.getdoc(documented) or "").split("\n\n")[0]


def field_texts(kind: type) -> dict[str, str]:
    """What is written below the fields of a class, by field."""
    body = class_body(kind)
    return {
        field.target.id: text.value.value
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def class_body(kind: type) -> list[ast.stmt]:
    """The statements of a class, from its source."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(tree, ast.ClassDef)
    return tree.body
