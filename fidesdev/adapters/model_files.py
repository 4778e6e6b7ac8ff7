"""Where a project keeps its models, told from its files; and a new one written, or taken back."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fidesdev.core.model_source import House
from fidesdev.errors import AlreadyExists, UsageError

_SKIPPED = {"node_modules", "site-packages", "venv", "build", "dist", "versions", "tests", "test"}
_BASE = re.compile(
    r"^(class Base\(.*(DeclarativeBase|Base)\b|Base\b[^=\n]*= *(declarative_base|automap_base)\()",
    re.MULTILINE,
)
_ID = re.compile(r"^    +(id\b.*(Column|mapped_column)\(|def id\()", re.MULTILINE)
_BASE_FILE = "base_class.py"


@dataclass(frozen=True, slots=True)
class ModelPlaces:
    """Where things are."""

    house: House
    models: Path
    """The folder of the model files."""
    models_module: str
    register: Path | None
    """The file that imports every model."""


def find_places(project: Path, base: str | None, register: str | None, *, json: str) -> ModelPlaces:
    """The places of a project; raises `UsageError` where they cannot be told.

    `base` is the file of the base class, `register` the one that imports the models; without
    them they are looked for: Fides has `db/base_class.py`, `db/base.py` and `models/`.
    """
    base_file = _named(project, base) if base else _find_base(project)
    root = base_file.parent.parent if base_file.parent.name == "db" else base_file.parent
    folder = root / "models" if (root / "models").is_dir() else base_file.parent
    text = base_file.read_text(encoding="utf-8")
    house = House(
        _module(project, base_file),
        mapped=_is_mapped(folder, text),
        names_tables="__tablename__" in text,
        has_id=_ID.search(text) is not None,
        knows_datetime=re.search(r"type_annotation_map.*datetime", text) is not None,
        json=json,
    )
    found = _named(project, register) if register else _find_register(root, folder, base_file)
    return ModelPlaces(house, folder, _module(project, folder / "x.py").rpartition(".")[0], found)


def assert_new(places: ModelPlaces, file: Path, cls: str) -> None:
    """Raise `AlreadyExists` where the file or a class of the name is there already."""
    if file.exists():
        raise AlreadyExists(
            f"{file} exists, and is not overwritten",
            hint="Choose another name, or write the class there and run "
            "'fidesdev db revision --autogenerate'.",
            path=str(file),
        )
    for other in places.models.glob("*.py"):
        if re.search(rf"^class {cls}\b", other.read_text(encoding="utf-8"), re.MULTILINE):
            raise AlreadyExists(
                f"{other} has a class {cls} already",
                hint="Choose another name; 'fidesdev models list' shows those in use.",
                path=str(other),
            )


@contextmanager
def written(texts: dict[Path, str]) -> Iterator[None]:
    """The files as given while the block runs, and after it; after a failure, as they were."""
    before = {path: path.read_bytes() if path.exists() else None for path in texts}
    try:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        yield
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        raise


def _find_base(project: Path) -> Path:
    found = [path for path in _sources(project) if _BASE.search(_text(path))]
    best = [path for path in found if path.name == _BASE_FILE] or found
    best = [path for path in best if path.parent.name == "db"] or best
    if len(best) != 1:
        told = ", ".join(str(path.relative_to(project)) for path in best) or "none"
        raise UsageError(
            f"one file with the models' base class was looked for in {project}, and found: {told}",
            hint="Name it with --base FILE: 'fidesdev models add NAME FIELD:TYPE --base db.py'.",
            found=[str(path) for path in best],
        )
    return best[0]


def _find_register(root: Path, folder: Path, base_file: Path) -> Path | None:
    for path in (root / "db" / "base.py", folder / "__init__.py"):
        if path != base_file and path.is_file() and "import" in _text(path):
            return path
    return None


def _sources(project: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(project):
        names[:] = sorted(n for n in names if n not in _SKIPPED and not n.startswith("."))
        names[:] = [n for n in names if not (Path(folder) / n / "pyvenv.cfg").exists()]
        yield from (Path(folder) / file for file in sorted(files) if file.endswith(".py"))


def _named(project: Path, name: str) -> Path:
    path = project / name
    if not path.is_file():
        raise UsageError(f"there is no file {path}", hint="Name it from the project folder.")
    return path


def _is_mapped(folder: Path, base: str) -> bool:
    """Whether the models beside, or else their base class, annotate their columns."""
    texts = [text for path in sorted(folder.glob("*.py")) if "olumn(" in (text := _text(path))]
    mapped = sum("mapped_column(" in text for text in texts)
    if texts:
        return 2 * mapped >= len(texts)
    return "declarative_base(" not in base


def _module(project: Path, path: Path) -> str:
    """The name by which Python imports a file: from the topmost package, or the project."""
    top = path.parent
    while (top / "__init__.py").exists():
        top = top.parent
    start = project if top == path.parent and path.is_relative_to(project) else top
    parts = path.relative_to(start).with_suffix("").parts
    return ".".join(part for part in parts if part != "src")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
