"""The text of a new model's file, in the style of those beside it, and its import elsewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fidesdev.core.model_fields import KINDS, Field, is_name
from fidesdev.errors import UsageError

_PYTHON = {
    "date": ("datetime", "date"),
    "time": ("datetime", "time"),
    "datetime": ("datetime", "datetime"),
    "Decimal": ("decimal", "Decimal"),
    "Any": ("typing", "Any"),
}
"""Where an annotation comes from."""


_TYPES = {"Column", "ForeignKey", "Integer", "String"} | {
    kind.sql.partition("(")[0] for kind in KINDS.values()
}
_TAKEN = _TYPES | {"ARRAY", "Any", "Base", "Decimal", "JSONB", "Mapped", "None", "True", "False"}
"""Names that a file of a model has another use for."""


@dataclass(frozen=True, slots=True)
class House:
    """How the models of a project are written."""

    base_module: str
    base: str = "Base"
    mapped: bool = True
    """Whether columns are annotations (SQLAlchemy 2), or `Column(...)`."""
    names_tables: bool = True
    """Whether the base class names the tables."""
    has_id: bool = True
    """Whether the base class has the primary key."""
    knows_datetime: bool = False
    """Whether the base class says what a `datetime` is."""
    json: str = "JSON"
    """The type of JSON columns: `JSONB` on PostgreSQL."""


@dataclass(frozen=True, slots=True)
class ModelName:
    """The names of a new model."""

    cls: str
    """The class: `BookShelf`."""
    module: str
    """The file, without its ending: `book_shelf`."""

    @property
    def table(self) -> str:
        """The table, as Fides' base class names it."""
        return self.cls.lower()


def parse_name(text: str) -> ModelName:
    """The names of `BookShelf` or `book_shelf`; raises `UsageError` for what is no name."""
    cls = text if text[:1].isupper() else "".join(part.title() for part in text.split("_"))
    module = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls).lower()
    if not (is_name(cls) and is_name(module)) or "_" in cls or cls in _TAKEN:
        raise UsageError(
            f"{text!r} is no name of a class",
            hint="Write it as BookShelf or book_shelf: 'fidesdev models add BookShelf title:str'.",
            text=text,
        )
    return ModelName(cls, module)


def model_text(name: ModelName, fields: Sequence[Field], house: House) -> str:
    """The file of the model."""
    lines = [] if house.names_tables else [f'    __tablename__ = "{name.table}"', ""]
    if not house.has_id:
        lines.append(_id(house))
    lines += [f"    {_written(field, house)}" for field in fields]
    body = "\n".join(lines)
    imports = "\n".join(_imports(fields, house, body))
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name.cls).lower()
    return (
        f'"""Models about each {spaced}."""\n\nfrom __future__ import annotations\n\n'
        f'{imports}\n\n\nclass {name.cls}({house.base}):\n    """One {spaced}."""\n\n{body}\n'
    )


def registered(text: str, module: str, cls: str) -> str:
    """The file that imports every model, with this one too, sorted in; an import stays an import.

    Raises `UsageError` for a file that is no Python.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise UsageError(
            f"the file that imports the models is no Python: {error.msg}, line {error.lineno}",
            hint="Mend it, or name another with --register.",
        ) from error
    lines = text.splitlines(keepends=True)
    new = f"from {module} import {cls}\n"
    listed = _list_place(tree, cls)
    if listed is not None:
        lines.insert(listed, f'    "{cls}",\n')
    lines.insert(_import_place(tree, module), new)
    return "".join(lines)


def _imports(fields: Sequence[Field], house: House, body: str) -> Iterator[str]:
    """The import lines in their groups: the standard library, SQLAlchemy, the project."""
    annotations = {word for field in fields for word in re.findall(r"\w+", field.kind.python)}
    standard: dict[str, set[str]] = {}
    for word in annotations & _PYTHON.keys() if house.mapped else set[str]():
        module, found = _PYTHON[word]
        standard.setdefault(module, set()).add(found)
    if standard:
        yield from (f"from {m} import {', '.join(sorted(n))}" for m, n in sorted(standard.items()))
        yield ""
    used = set(re.findall(r"\b[A-Z]\w+", re.sub(r'"[^"]*"|Mapped\[[^=]*\]', "", body)))
    if core := sorted(used & _TYPES, key=str.lower):
        yield f"from sqlalchemy import {', '.join(core)}"
    if "JSONB" in used:
        yield "from sqlalchemy.dialects.postgresql import JSONB"
    if house.mapped:
        mapped = "Mapped, mapped_column" if "mapped_column(" in body else "Mapped"
        yield f"from sqlalchemy.orm import {mapped}"
    yield ""
    yield f"from {house.base_module} import {house.base}"


def _written(field: Field, house: House) -> str:
    sql = house.json if field.kind.sql == "JSON" else field.sql
    options = [f'ForeignKey("{field.target}")'] if field.target else []
    options += ["index=True"] if field.index else []
    options += ["unique=True"] if field.unique else []
    if not house.mapped:
        null = f"nullable={field.nullable}"
        return f"{field.name} = Column({', '.join([sql, *options, null])})"
    bare = field.kind.plain and not field.arguments and not field.target
    bare = bare or (field.kind.python == "datetime" and house.knows_datetime)
    inside = options if bare else [sql, *options]
    annotation = field.kind.python + (" | None" if field.nullable else "")
    if annotation.startswith("Any"):
        annotation, inside = "Any", [*inside, f"nullable={field.nullable}"]
    call = f" = mapped_column({', '.join(inside)})" if inside else ""
    return f"{field.name}: Mapped[{annotation}]{call}"


def _id(house: House) -> str:
    if house.mapped:
        return "    id: Mapped[int] = mapped_column(primary_key=True)"
    return "    id = Column(Integer, primary_key=True)"


def _import_place(tree: ast.Module, module: str) -> int:
    """The line before which the import belongs: sorted among those of the same package."""
    package = module.rpartition(".")[0]
    imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    same = [node for node in imports if _module(node).startswith(package)]
    below = [node for node in same if _module(node) < module]
    if below:
        return _end(below)
    if same:
        return same[0].lineno - 1
    first = tree.body[:1] if tree.body and ast.get_docstring(tree) is not None else []
    return _end(imports or first)


def _end(nodes: Iterable[ast.stmt]) -> int:
    return max((node.end_lineno or node.lineno for node in nodes), default=0)


def _module(node: ast.Import | ast.ImportFrom) -> str:
    return (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name


def _list_place(tree: ast.Module, cls: str) -> int | None:
    """The line of `__all__` before which the name belongs, where it has one name a line."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List):
            names = [item for item in node.value.elts if isinstance(item, ast.Constant)]
            target = node.targets[0]
            if isinstance(target, ast.Name) and target.id == "__all__" and names:
                if node.value.lineno == names[0].lineno:
                    return None
                after = [item for item in names if str(item.value) > cls]
                return after[0].lineno - 1 if after else names[-1].lineno
    return None
