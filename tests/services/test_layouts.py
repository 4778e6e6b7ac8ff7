"""Projects that keep their configuration and revisions in other places than usual."""

from __future__ import annotations

import shutil
from pathlib import Path

import alembic
import pytest

from fidesdev.errors import GraphError
from fidesdev.services import authoring, history, migrations
from tests.projects import Project
from tests.services.conftest import Make

since_1_16 = pytest.mark.skipif(
    tuple(map(int, alembic.__version__.split(".")[:2])) < (1, 16),
    reason="Alembic reads pyproject.toml and path_separator since 1.16",
)
TREE = "base0 > more > last"


@since_1_16
def test_tool_alembic_in_pyproject(make: Make) -> None:
    project = make(TREE)
    (project.root / "alembic.ini").unlink()
    (project.root / "pyproject.toml").write_text(
        '[tool.alembic]\nscript_location = "%(here)s/migrations"\n'
    )
    assert_works(project)


@since_1_16
def test_pyproject_beside_an_ini_that_only_connects(make: Make) -> None:
    project = make(TREE)
    (project.root / "alembic.ini").write_text("[alembic]\nprepend_sys_path = .\n")
    (project.root / "pyproject.toml").write_text(
        '[tool.alembic]\nscript_location = "migrations"\npath_separator = "os"\n'
    )
    (project.root / "alembic.ini").write_text("[alembic]\n")
    assert_works(project)


def test_script_location_in_a_package(make: Make) -> None:
    project = make(TREE)
    name = f"shop_on_{project.url.backend}"  # two packages of one name would be one module here
    package = project.root / "src" / name
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    shutil.move(project.root / "migrations", package / "migrations")
    configure(project, f"script_location = {name}:migrations\nprepend_sys_path = %(here)s/src\n")
    assert_works(project)


@since_1_16
def test_several_version_locations(make: Make) -> None:
    project = make(TREE)
    elsewhere = project.root / "elsewhere"
    elsewhere.mkdir()
    shutil.move(project.root / "migrations/versions/last.py", elsewhere / "last.py")
    configure(
        project,
        "script_location = %(here)s/migrations\n"
        "version_locations = %(here)s/migrations/versions:%(here)s/elsewhere\n",
    )
    assert_works(project)
    assert history.show(project.workspace, "last").revision.path == "elsewhere/last.py"


def test_revisions_in_folders_by_year(make: Make) -> None:
    project = make(TREE)
    versions = project.root / "migrations/versions"
    (versions / "2026").mkdir()
    shutil.move(versions / "last.py", versions / "2026/last.py")
    configure(project, "script_location = migrations\nrecursive_version_locations = true\n")
    assert_works(project)


def test_another_section_of_the_ini(make: Make) -> None:
    project = make(TREE)
    text = (project.root / "alembic.ini").read_text()
    (project.root / "alembic.ini").write_text(text.replace("[alembic]", "[shop]"))
    workspace = project.opened(section="shop")
    migrations.execute(migrations.upgrade(workspace))
    assert workspace.recorded().rows == {"last"}


def test_header_that_is_computed_is_run(make: Make) -> None:
    project = make(TREE)
    name = f"names_{project.url.backend}"
    (project.root / f"{name}.py").write_text("LABEL = ('trunk',)\n")
    compute(project, name)
    configure(project, "script_location = migrations\nprepend_sys_path = .\n")
    assert project.workspace.graph.labelled == {"trunk": "more"}
    migrations.execute(migrations.goto(project.workspace, "trunk@more"))
    assert project.rows() == {"more"}


def test_header_that_cannot_be_run_is_named(make_lite: Make) -> None:
    project = make_lite(TREE)
    compute(project, "no_names")
    with pytest.raises(GraphError) as caught:
        history.heads(project.workspace)
    (problem,) = caught.value.facts["problems"]
    assert problem.startswith("migrations/versions/more.py:")
    assert "branch_labels is no literal" in problem
    assert "No module named 'no_names'" in problem


def configure(project: Project, options: str) -> None:
    """Replace the ini."""
    text = f"[alembic]\npath_separator = os\n{options}"
    (project.root / "alembic.ini").write_text(text)


def compute(project: Project, module: str) -> None:
    """Have a revision import its label."""
    file: Path = project.root / "migrations/versions/more.py"
    computed = f"from {module} import LABEL\nbranch_labels = LABEL"
    file.write_text(file.read_text().replace("branch_labels = None", computed))


def assert_works(project: Project) -> None:
    """The project can be read, moved up and down, and given a new revision."""
    assert [row.id for row in history.heads(project.workspace).revisions] == ["last"]
    migrations.execute(migrations.upgrade(project.workspace))
    migrations.execute(migrations.goto(project.workspace, "base0"))
    assert (project.tables(), project.rows()) == ({"base0"}, {"base0"})
    written = authoring.revision(project.workspace, "newest")
    assert (project.root / str(written.path)).is_file()
    migrations.execute(migrations.upgrade(project.workspace))
    assert project.rows() == {written.revision}
