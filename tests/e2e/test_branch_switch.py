"""A branch's migrations are applied, the branch goes away, main is out: `db sync`, as typed.

Afterwards the schema is that of a database which has only ever seen main, by its catalog.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import Answer, fidesdev
from tests.db.catalog import catalog
from tests.projects import Project, make_project
from tests.repositories import Repository

MAIN = {
    "0001_people": """
revision = 'aa0001'
down_revision = None

def upgrade():
    op.create_table(
        'person',
        sa.Column('id', sa.Integer, primary_key=True),
        sa.Column('name', sa.String(40), nullable=False),
        sa.Column('legacy', sa.Text),
    )
    op.create_index('ix_person_name', 'person', ['name'])

def downgrade():
    op.drop_table('person')
""",
}
MAIN_LATER = {
    "0002_addresses": """
revision = 'aa0002'
down_revision = 'aa0001'

def upgrade():
    op.create_table(
        'address',
        sa.Column('id', sa.Integer, primary_key=True),
        sa.Column('person_id', sa.Integer, sa.ForeignKey('person.id'), nullable=False),
    )

def downgrade():
    op.drop_table('address')
""",
}
FEATURE = {
    "1001_pets": """
revision = 'bb0001'
down_revision = 'aa0001'

def upgrade():
    op.create_table(
        'pet',
        sa.Column('id', sa.Integer, primary_key=True),
        sa.Column('owner_id', sa.Integer, sa.ForeignKey('person.id')),
        sa.Column('kind', sa.Enum('cat', 'dog', name='petkind'), server_default='cat'),
    )
    op.add_column('person', sa.Column('nickname', sa.String(20), server_default='x'))
    op.create_index('ix_person_nickname', 'person', ['nickname'], unique=False)

def downgrade():
    op.drop_index('ix_person_nickname', 'person')
    op.drop_column('person', 'nickname')
    op.drop_table('pet')
    sa.Enum(name='petkind').drop(op.get_bind(), checkfirst=True)
""",
    "1002_renames_and_an_index_away": """
revision = 'bb0002'
down_revision = 'bb0001'

def upgrade():
    op.drop_index('ix_person_name', 'person')
    op.execute('ALTER TABLE person RENAME COLUMN legacy TO notes')

def downgrade():
    op.execute('ALTER TABLE person RENAME COLUMN notes TO legacy')
    op.create_index('ix_person_name', 'person', ['name'])
""",
}
HEAD = "import sqlalchemy as sa\nfrom alembic import op\n"
Lose = Callable[[Repository], object]


@pytest.fixture(params=["postgresql", "sqlite"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """A project on branch main, with one revision, in a repository of its own."""
    sqlite = request.param == "sqlite"
    url: DatabaseUrl | None = None if sqlite else request.getfixturevalue("database")
    made = make_project(tmp_path / "project", (), url)
    repository = Repository(made.root)
    (made.root / ".gitignore").write_text("*.db*\n.fidesdev/\n__pycache__/\n")
    repository.git("init", "-q", "-b", "main")
    commit(repository, MAIN)
    return made


@pytest.fixture
def repository(project: Project) -> Repository:
    return Repository(project.root)


def commit(repository: Repository, files: dict[str, str]) -> None:
    for name, text in files.items():
        (repository.versions / f"{name}.py").write_text(HEAD + text, encoding="utf-8")
        repository.commit(name)


def typed(project: Project, *arguments: str) -> Answer:
    url = project.url.render()
    return fidesdev("--database-url", url, *arguments, cwd=project.root)


def schema(url: DatabaseUrl) -> Any:
    """Everything that the database has but for Alembic's and our own tables."""
    if url.backend == "sqlite":
        with closing(sqlite3.connect(url.database)) as connection:
            found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
            return sorted(row for row in found if row[2] != "alembic_version")
    whole = catalog(url.render())
    del whole["tables"]["alembic_version"]
    return whole


def applied_branch(project: Project, repository: Repository) -> None:
    """The branch feature is applied; main has gone on meanwhile, and is out."""
    repository.git("checkout", "-q", "-b", "feature")
    commit(repository, FEATURE)
    assert typed(project, "db", "upgrade").code == 0
    repository.git("checkout", "-q", "main")
    commit(repository, MAIN_LATER)


def fresh(project: Project, tmp_path: Path) -> Any:
    """The schema of a database that has only ever seen main."""
    if project.url.backend == "sqlite":
        other = DatabaseUrl("sqlite", str(tmp_path / "fresh.db"))
    else:
        other = project.url.with_database(f"{project.url.database}_fresh")
        assert typed(Project(project.root, other, ()), "db", "create").code == 0
    clean = Project(project.root, other, ())
    try:
        assert typed(clean, "db", "upgrade").code == 0
        return schema(other)
    finally:
        assert typed(clean, "db", "drop", "--yes").code == 0


def delete_branch(repository: Repository) -> None:
    repository.git("branch", "-q", "-D", "feature")


def delete_and_prune(repository: Repository) -> None:
    delete_branch(repository)
    repository.prune()


def only_unreachable(repository: Repository) -> None:
    delete_branch(repository)
    repository.forget_reflog()


def only_stashed(repository: Repository) -> None:
    """The feature was never committed: its files are in a stash."""
    repository.git("checkout", "-q", "feature", "--", ".")
    repository.git("stash", "-q")
    delete_and_prune(repository)


def only_staged(repository: Repository) -> None:
    """The feature's files were staged once and never committed."""
    repository.git("checkout", "-q", "feature", "--", ".")
    for file in repository.versions.glob("100*.py"):
        file.write_text(file.read_text() + "# not as committed\n")
    repository.git("add", "-A")
    repository.git("reset", "-q", "--hard")
    repository.git("branch", "-q", "-D", "feature")
    repository.forget_reflog()
    repository.git("repack", "-q", "-a", "-d")
    repository.git("prune-packed")
    committed = repository.git("fsck", "--unreachable", "--no-reflogs").split()
    for id_ in (committed[n + 1] for n, word in enumerate(committed) if word == "commit"):
        loose = repository.folder / ".git" / "objects" / id_[:2] / id_[2:]
        loose.unlink()


def only_tagged(repository: Repository) -> None:
    repository.git("tag", "v2-rc1", "feature")
    delete_branch(repository)
    repository.forget_reflog()


WITHOUT_JOURNAL: dict[str, Lose] = {
    "branch": lambda _repository: None,
    "reflog": delete_branch,
    "unreachable": only_unreachable,
    "stash": only_stashed,
    "staged": only_staged,
    "tag": only_tagged,
}


@pytest.mark.parametrize(
    ("project", "lost"),
    # where git keeps the source has nothing to do with the kind of database
    [*(("sqlite", lost) for lost in WITHOUT_JOURNAL), ("postgresql", "unreachable")],
    indirect=["project"],
)
def test_sync_from_git_leaves_the_schema_of_main(
    project: Project, repository: Repository, tmp_path: Path, lost: str
) -> None:
    (project.root / ".fides.toml").write_text('[fidesdev]\njournal = "off"\n')
    repository.commit("no journal")
    applied_branch(project, repository)
    wanted = fresh(project, tmp_path)
    WITHOUT_JOURNAL[lost](repository)
    assert schema(project.url) != wanted
    answer = typed(project, "db", "sync", "--yes")
    assert answer.code == 0, answer.err
    assert schema(project.url) == wanted
    assert project.rows() == {"aa0002"}


def test_sync_from_the_journal_leaves_the_schema_of_main(
    project: Project, repository: Repository, tmp_path: Path
) -> None:
    applied_branch(project, repository)
    wanted = fresh(project, tmp_path)
    delete_and_prune(repository)
    told = typed(project, "db", "status").out
    assert "its source is in the journal" in told
    assert "applied on branch feature" in told
    answer = typed(project, "db", "sync", "--yes")
    assert answer.code == 0, answer.err
    assert schema(project.url) == wanted


def test_failure_on_the_way_leaves_the_database_where_it_was(
    project: Project, repository: Repository
) -> None:
    applied_branch(project, repository)
    broken = HEAD + "revision = 'aa0003'\ndown_revision = 'aa0002'\n\ndef upgrade():\n"
    (repository.versions / "0003.py").write_text(broken + "    op.execute('SELECT nope')\n")
    before = schema(project.url)
    answer = typed(project, "db", "sync", "--yes", "--json")
    assert answer.code == 1
    assert answer.json["error"]["code"] == "step_failed"
    assert set(answer.json["error"]["now"]) == project.rows()
    if project.url.backend == "postgresql":  # one transaction, whatever env.py does elsewhere
        assert project.rows() == {"bb0002"}
        assert schema(project.url) == before


def test_verbs_on_the_way(project: Project, repository: Repository) -> None:
    """What a person who switched branches types, one after the other, and sees."""
    applied_branch(project, repository)
    upgrade = typed(project, "db", "upgrade")
    assert upgrade.code == 1
    assert "'fidesdev db sync'" in upgrade.err
    assert typed(project, "db", "status", "--exit-code").code == 3
    for verb in (("status",), ("current",), ("history", "--applied"), ("heads",), ("plan", "head")):
        assert typed(project, "db", *verb).code == 0, verb
    asked = typed(project, "db", "sync")
    assert asked.code == 5
    assert project.rows() == {"bb0002"}
    shown = typed(project, "db", "sync", "--dry-run", "--json").json["data"]
    assert shown["executed"] is False
    assert [(s["direction"], s["revision"], s["source"]) for s in shown["steps"]] == [
        ("down", "bb0002", "journal"),
        ("down", "bb0001", "journal"),
        ("up", "aa0002", "file"),
    ]
    done = typed(project, "db", "sync", "--yes", "--json").json["data"]
    assert done["snapshot"].startswith("before-sync-")
    same = {"seconds": 0, "snapshot": None, "snapshot_first": False}
    assert {**done, **same} == {**shown, "executed": True, **same}
    again = typed(project, "db", "sync")
    assert (again.code, again.out[:13]) == (0, "Nothing to do")
    back = typed(project, "db", "goto", "git:feature", "--yes")
    assert (back.code, project.rows()) == (0, {"bb0002"})
    assert typed(project, "db", "goto", "git:nowhere").code == 1
