"""`models add`: three files that fit together, or none."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from fidesdev.core.model_fields import parse_fields
from fidesdev.core.model_reports import ModelAdded
from fidesdev.core.model_source import parse_name
from fidesdev.errors import AlreadyExists, AutogenerateRefused, EnvFailed, UsageError
from fidesdev.services import migrations, model_authoring
from tests.projects import ENV, Project, make_project

OWN = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass
"""
AUTHOR = """
from {package}.db.base_class import Base
from sqlalchemy.orm import Mapped, mapped_column

class Author(Base):
    __tablename__ = "t_base0"
    id: Mapped[int | None] = mapped_column(primary_key=True)
"""
Shop = Callable[..., Project]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Makes a project whose package nobody has imported yet, migrated."""

    def made(*, seen: bool = True) -> Project:
        package = f"shop_{uuid.uuid4().hex[:8]}"
        project = make_project(
            tmp_path / "project", "base0", ini="prepend_sys_path = .\npath_separator = os\n"
        )
        texts = {
            "__init__.py": "",
            "db/__init__.py": "",
            "models/__init__.py": "",
            "db/base_class.py": OWN,
            "models/author.py": AUTHOR.format(package=package),
            "db/base.py": f"from {package}.db.base_class import Base\n"
            f"from {package}.models.author import Author\n",
        }
        for name, text in texts.items():
            path = project.root / package / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        module = "base" if seen else "base_class"
        options = "{'target_metadata': Base.metadata, 'include_object': "
        options += "lambda o, name, kind, *_: not str(name).startswith('t_')}"
        env = ENV.replace("{options}", options)
        project.env(f"from {package}.db.{module} import Base\n{env}")
        migrations.execute(migrations.upgrade(project.workspace))
        return project

    return made


def add(
    project: Project, name: str = "BookShelf", *fields: str, dry_run: bool = False
) -> ModelAdded:
    given = parse_fields(fields or ("title:str:index", "pages:int?", "seen:datetime?"))
    return model_authoring.add(project.workspace, parse_name(name), given, dry_run=dry_run)


def files(project: Project) -> dict[str, str]:
    found = (path for path in project.root.rglob("*.py") if "__pycache__" not in path.parts)
    return {str(path.relative_to(project.root)): path.read_text() for path in found}


def test_a_model_comes_with_its_import_and_a_revision_that_makes_its_table(shop: Shop) -> None:
    project = shop()
    before = files(project)
    report = add(project)
    new = files(project)
    assert report.path
    assert {file.path for file in report.files if file.is_new} | {report.path} == (
        new.keys() - before.keys()
    )
    assert "create_table('bookshelf'" in new[report.path]
    assert {name for name in before if before[name] != new[name]} == {
        file.path for file in report.files if not file.is_new
    }
    migrations.execute(migrations.upgrade(project.workspace))
    project.sql("INSERT INTO bookshelf (title) VALUES ('x')")
    with pytest.raises(AlreadyExists):
        add(project)


def test_a_dry_run_shows_the_texts_and_writes_none(shop: Shop) -> None:
    project = shop()
    before = files(project)
    report = add(project, dry_run=True)
    assert files(project) == before
    assert (report.executed, report.revision) == (False, None)
    texts = {file.path.rpartition("/")[2]: file.text for file in report.files}
    assert "title: Mapped[str] = mapped_column(index=True)" in texts["book_shelf.py"]
    assert ".models.book_shelf import BookShelf\n" in texts["base.py"]


@pytest.mark.parametrize("field", ["author:int:fk=nothing.id", "title:str"])
def test_files_are_taken_back_when_no_revision_comes_of_them(shop: Shop, field: str) -> None:
    project = shop(seen="nothing" in field)
    before = files(project)
    with pytest.raises(EnvFailed):
        add(project, "Book", field)
    assert files(project) == before


def test_a_database_that_is_behind_is_refused_before_anything_is_written(shop: Shop) -> None:
    project = shop()
    add(project)
    before = files(project)
    with pytest.raises(AutogenerateRefused):
        add(project, "Other")
    assert files(project) == before


def test_a_project_without_models_says_what_was_looked_for(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", "base0")
    with pytest.raises(UsageError, match="found: none"):
        add(project)
    with pytest.raises(UsageError, match="no arrays"):
        add(project, "Book", "tags:strings")
