"""Looking around in real projects, and the file that says what cannot be found again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import tomli

from fidesdev.config import Flags
from fidesdev.core.initialising import Found, InitReport
from fidesdev.errors import AlembicConfigMissing, UnknownService, UpstreamMissing, UsageError
from fidesdev.render import envelope
from fidesdev.services import initialising as services
from fidesdev.services.initialising import Answers
from fidesdev.services.workspace import Workspace, open_workspace
from tests.projects import make_project
from tests.repositories import Repository

COMPOSE = """
services:
  db:
    image: postgres:16
    environment: {POSTGRES_USER: shop, POSTGRES_PASSWORD: s3cret, POSTGRES_DB: "${NAME:-shop}"}
    ports: ["6543:5432"]
  web:
    build: .
    depends_on: [db]
  docs:
    build: docs
"""


def opened(folder: Path, environ: Mapping[str, str] | None = None) -> Workspace:
    return open_workspace(Flags(), environ={"HOME": str(folder), **(environ or {})}, cwd=folder)


def look(workspace: Workspace, answers: Answers | None = None) -> InitReport:
    return services.look(workspace, answers).report


def found(report: InitReport) -> dict[str, Found]:
    return {one.what: one for one in report.found}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout whose env.py needs what is not installed, with a Compose file."""
    root = tmp_path.resolve() / "shop"
    env = make_project(root, "aaa1 > aaa2").root / "migrations" / "env.py"
    own = "from no_such_shop.models import Base\ntarget_metadata = Base.metadata\n"
    env.write_text(own + "import os\nurl = os.environ['SHOP_DATABASE_URL']\n")
    (root / "compose.yaml").write_text(COMPOSE)
    Repository(root).git("init", "-q", "-b", "main")
    Repository(root).commit()
    return root


def test_everything_is_found_and_told_why(project: Path) -> None:
    report = look(opened(project))
    there = found(report)
    assert {what: one.value for what, one in there.items()} == {
        "alembic": "alembic.ini",
        "models": "Base.metadata of no_such_shop.models",
        "env.py": "SHOP_DATABASE_URL",
        "runner": "compose:web",
        "compose": "compose.yaml",
        "database": "postgresql://shop@localhost:6543/shop",
        "upstream": "main",
    }
    assert "'no_such_shop'" in there["runner"].why
    assert "s3cret" not in envelope.success("init", report)
    assert not (project / ".fides.toml").exists()


def test_file_says_only_what_is_not_found_again(project: Path) -> None:
    assert services.write(services.look(opened(project))).executed
    said = tomli.loads((project / ".fides.toml").read_text())
    assert said == {
        "fidesdev": {"runner": "compose:web", "runner_env": {"SHOP_DATABASE_URL": "{url}"}},
        "database": {"port": "6543", "user": "shop", "db": "shop", "password": "s3cret"},
    }
    again = look(opened(project))
    assert (again.exists, again.content) == (True, "")
    assert str(opened(project).database) == "postgresql://shop:***@localhost:6543/shop"


def test_file_that_is_there_is_left_as_it_is(project: Path) -> None:
    mine = '[fidesdev]\nrunner = "compose:docs"\n'
    (project / ".fides.toml").write_text(mine)
    report = services.write(services.look(opened(project)))
    assert (report.exists, report.executed) == (True, False)
    assert (project / ".fides.toml").read_text() == mine
    assert "runner_env" in report.content
    assert "runner =" not in report.content
    assert (found(report)["runner"].value, found(report)["runner"].why) == (
        "compose:docs",
        "runner is set",
    )


def test_password_that_another_file_has_is_not_copied(project: Path) -> None:
    (project / ".env").write_text("SECRET=s3cret\n")
    (project / "compose.yaml").write_text(COMPOSE.replace("s3cret", '"${SECRET}"'))
    report = services.write(services.look(opened(project)))
    assert "FIDES__DATABASE__PASSWORD" in (found(report)["database"].hint or "")
    assert "s3cret" not in (project / ".fides.toml").read_text()


def test_nothing_is_guessed_where_several_may_be_meant(project: Path) -> None:
    second = COMPOSE.replace("  db:", "  other:").replace("[db]", "[other]").partition("  web:")[0]
    (project / "compose.yaml").write_text(COMPOSE + second.partition("services:\n")[2])
    report = look(opened(project, {"DATABASE_URL": "postgresql://elsewhere/shop"}))
    database = found(report)["database"]
    assert (database.value, database.choices) == (None, ("DATABASE_URL", "db", "other"))
    assert database.option == "--database"
    chosen = look(opened(project, {"DATABASE_URL": "x"}), Answers(database="other"))
    assert 'db = "shop"' in chosen.content
    variable = look(opened(project, {"DATABASE_URL": "x"}), Answers(database="DATABASE_URL"))
    assert "use_database_url = true" in variable.content
    with pytest.raises(UnknownService, match="third"):
        look(opened(project), Answers(database="third"))


def test_services_with_the_checkout_are_listed_where_none_waits_for_a_database(
    project: Path,
) -> None:
    (project / "compose.yaml").write_text(COMPOSE.replace("    depends_on: [db]\n", ""))
    runner = found(look(opened(project)))["runner"]
    assert (runner.value, runner.choices) == (None, ("compose:web", "compose:docs"))
    assert not services.write(services.look(opened(project))).executed
    assert services.write(services.look(opened(project), Answers(runner="auto"))).executed
    said = look(opened(project), Answers(runner="compose:docs"))
    assert 'runner = "compose:docs"' in said.content
    assert "runner =" not in look(opened(project), Answers(runner="auto")).content


def test_one_of_several_alembic_files_has_to_be_named(project: Path) -> None:
    (project / "alembic.ini").unlink()
    for name in ("one", "two"):
        (project / name).mkdir()
        text = "[alembic]\nscript_location = %(here)s/../migrations\n"
        (project / name / "alembic.ini").write_text(text)
    Repository(project).commit()
    (alembic,) = look(opened(project)).found
    assert alembic.choices == ("one/alembic.ini", "two/alembic.ini")
    assert alembic.option == "--alembic-config"
    report = look(opened(project), Answers(alembic_config="two/alembic.ini"))
    assert report.content.startswith('[fidesdev]\nalembic_config = "two/alembic.ini"\n')


def test_flask_migrate_leaves_the_folder_out_of_its_ini(tmp_path: Path) -> None:
    root = make_project(tmp_path.resolve() / "shop", "aaa1").root
    (root / "alembic.ini").unlink()
    (root / "migrations" / "alembic.ini").write_text("[alembic]\n")
    Repository(root).git("init", "-q")
    Repository(root).commit()
    assert found(look(opened(root)))["alembic"].value == "migrations/alembic.ini"
    assert sorted(opened(root).graph.heads) == ["aaa1"]


def test_ini_of_another_name_is_written_down(tmp_path: Path) -> None:
    root = make_project(tmp_path.resolve() / "shop", "aaa1").root
    (root / "alembic.ini").rename(root / "database.ini")
    report = look(opened(root))
    assert 'alembic_config = "database.ini"' in report.content


def test_folder_without_alembic_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AlembicConfigMissing):
        look(opened(tmp_path))


def test_what_is_named_has_to_be_there(project: Path) -> None:
    with pytest.raises(UsageError, match="no runner 'docker'"):
        look(opened(project), Answers(runner="docker"))
    with pytest.raises(UpstreamMissing):
        look(opened(project), Answers(upstream="origin/no"))
    assert 'upstream = "main"' in look(opened(project), Answers(upstream="main")).content
