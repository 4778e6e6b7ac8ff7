"""The check `models`: Alembic's own comparison, through env.py, on real databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import ConfigError, EnvFailed, MigrationError
from fidesdev.services import migrations
from fidesdev.services.checking import check
from tests.projects import ENV, Project, make_project

MODELS = """
import sqlalchemy as sa

metadata = sa.MetaData()
{tables}
"""
TABLE = "sa.Table('t_a1', metadata, sa.Column('id', sa.Integer), {more})"


def project(folder: Path, models: str | None, url: DatabaseUrl | None = None) -> Project:
    """A migrated project with one table `t_a1`, whose env.py names these models."""
    made = make_project(folder, "a1", url)
    migrations.execute(migrations.upgrade(made.workspace))
    if models is not None:
        env = ENV.format(options={}).replace("**OPTIONS", "target_metadata=metadata")
        made.env(MODELS.format(tables=models) + env)
    return made


def found(made: Project) -> list[str]:
    report = check(made.workspace, only=["models"])
    assert report.checked == ("models",)
    return [one.message.partition("database: ")[2] for one in report.findings]


def test_models_that_are_like_the_database_have_no_findings(tmp_path: Path) -> None:
    assert found(project(tmp_path / "p", TABLE.format(more=""))) == []


def test_each_difference_is_a_finding(tmp_path: Path) -> None:
    tables = f"{TABLE.format(more='sa.Column(chr(110), sa.Text)')}\nsa.Table('new', metadata)"
    made = project(tmp_path / "p", tables)
    assert found(made) == ["add table new", "add column t_a1.n"]
    assert made.rows() == {"a1"}
    assert made.tables() == {"a1"}


def test_a_named_check_is_compared(tmp_path: Path) -> None:
    check_ = "sa.CheckConstraint('id > 0', name='positive')"
    made = project(tmp_path / "p", TABLE.format(more=check_))
    assert found(made) == ["add check positive of t_a1"]


@pytest.mark.server
def test_labels_of_an_enum_are_compared(tmp_path: Path, database: DatabaseUrl) -> None:
    column = "sa.Column('mood', sa.Enum('good', 'new', name='mood'))"
    made = project(tmp_path / "p", TABLE.format(more=column), database)
    made.sql("CREATE TYPE mood AS ENUM ('good', 'old')")
    made.sql("ALTER TABLE t_a1 ADD COLUMN mood mood")
    made.sql("ALTER TABLE t_a1 ADD CONSTRAINT extra CHECK (id > 0)")
    assert found(made) == [
        "add label new of enum mood",
        "remove label old of enum mood",
        "remove check extra of t_a1",
    ]


@pytest.mark.server
def test_the_journal_is_no_difference(tmp_path: Path, database: DatabaseUrl) -> None:
    made = project(tmp_path / "p", TABLE.format(more=""), database)
    env = (made.root / "migrations" / "env.py").read_text()
    made.env(env.replace("=metadata", "=metadata, include_schemas=True"))
    assert found(made) == []


def test_without_models_it_is_a_matter_of_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="target_metadata") as caught:
        found(project(tmp_path / "p", None))
    assert caught.value.exit_code == 2


def test_a_database_that_is_not_at_the_heads_cannot_be_compared(tmp_path: Path) -> None:
    made = project(tmp_path / "p", TABLE.format(more=""))
    migrations.execute(migrations.goto(made.workspace, "base"))
    with pytest.raises(MigrationError, match="is at base and the heads are a1"):
        found(made)


def test_an_env_that_fails_is_told(tmp_path: Path) -> None:
    made = project(tmp_path / "p", "raise ValueError('no models today')")
    with pytest.raises(EnvFailed, match="no models today"):
        found(made)
