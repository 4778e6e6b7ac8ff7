"""A project whose packages are in a container only, migrated by a fidesdev outside of it.

The container has this machine's /usr and an environment with Alembic 1.8, but no fidesdev and no
revision file: their sources travel with the plan.
"""

from __future__ import annotations

import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import FIDESDEV, Answer, environment, fidesdev
from tests.docker_images import compose, docker, empty_root, need_engine
from tests.environments import MATRIX, interpreter
from tests.projects import Project, make_project

COMPOSE = """
version: "3"
services:
  app:
    image: {image}
    command: ["sleep", "600"]
    working_dir: /srv/shop
    network_mode: host
    extra_hosts: ["shop-db:127.0.0.1"]
    environment: {{PATH: "{programs}:/usr/bin:/bin"}}
    volumes:
{mounts}
      - ./alembic.ini:/srv/shop/alembic.ini:ro
      - ./migrations/env.py:/srv/shop/migrations/env.py:ro
"""
SETTINGS = """
[database]
server = "shop-db"          # a name that is only known inside
port = {port}
user = "{user}"
password = "{password}"
db = "{db}"

[fidesdev]
host_server = "{host}"
runner = "compose:app"
runner_env = {{ SHOP_URL = "{{url}}" }}
"""


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    """An image with nothing but folders for what is mounted."""
    need_engine()
    name = f"fidesdev-test-{uuid.uuid4().hex[:8]}"
    docker("import", "-", name, stdin=empty_root("srv/shop/migrations"))
    yield name
    docker("rmi", name)


@pytest.fixture
def project(
    tmp_path: Path, database: DatabaseUrl, image: str, environments: Path
) -> Iterator[Project]:
    """A project on PostgreSQL, its container running."""
    python = interpreter(MATRIX[0], environments)
    root = tmp_path / f"shop{uuid.uuid4().hex[:8]}"
    made = make_project(root, "base0 > more > last", database)
    mounted = dict.fromkeys(["/usr", str(base_of(python)), str(python.parent.parent)])
    mounts = "\n".join(f"      - {folder}:{folder}:ro" for folder in mounted)
    text = COMPOSE.format(image=image, programs=python.parent, mounts=mounts)
    (root / "docker-compose.yml").write_text(text)
    (root / ".fides.toml").write_text(
        SETTINGS.format(
            port=database.port or 5432,
            user=database.user,
            password=database.password,
            db=database.database,
            host=database.host,
        )
    )
    compose(root, "up", "-d")
    yield made
    compose(root, "down", "-t", "0")


def test_plan_runs_in_the_container_with_its_packages_and_sources_of_the_checkout(
    project: Project,
) -> None:
    told = "import alembic, os; print(alembic.__version__, __file__, os.getcwd())"
    project.break_step("more", up=f"{told}; print(os.environ['SHOP_URL'].split('@')[1])")
    answer = db(project, "upgrade")
    assert answer.code == 0, answer.err
    assert "1.8.1 /srv/shop/migrations/versions/more.py /srv/shop\n" in answer.err
    assert f"shop-db:{project.url.port}/{project.url.database}\n" in answer.err
    assert project.tables() == {"base0", "more", "last"}
    assert db(project, "goto", "base0", "--yes").code == 0
    assert project.tables() == {"base0"}


def test_failing_step_is_told_with_its_line(project: Project) -> None:
    project.break_step("more", up="op.execute('SELECT nope')")
    answer = db(project, "upgrade", "--json")
    error = answer.json["error"]
    script = (project.root / "migrations/versions/more.py").read_text().splitlines()
    assert (answer.code, error["code"], error["statement"]) == (1, "step_failed", "SELECT nope")
    assert "nope" in script[error["line"] - 1]
    assert (error["kept"], project.tables()) == ([], set())


def test_sql_is_rendered_in_the_container(project: Project) -> None:
    answer = db(project, "upgrade", "--sql")
    assert answer.code == 0, answer.err
    assert 'CREATE TABLE "t_last"' in answer.out


def test_nothing_migrates_in_the_container_when_fidesdev_is_killed(project: Project) -> None:
    project.break_step("more", up="__import__('time').sleep(60)")
    running = subprocess.Popen(
        [*FIDESDEV, "db", "upgrade"],
        cwd=project.root,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    with running.stderr:
        assert any("more" in line for line in running.stderr), "it ended before that step"
        assert "python" in compose(project.root, "top")
        running.kill()
        running.wait()
    for _ in range(50):
        if "python" not in compose(project.root, "top"):
            break
        time.sleep(0.1)
    else:
        raise AssertionError("the worker is still there")
    project.break_step("more")
    assert db(project, "upgrade").code == 0
    assert project.rows() == {"last"}


def test_service_that_is_not_running_is_told(project: Project) -> None:
    compose(project.root, "stop", "-t", "0")
    answer = db(project, "upgrade", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (4, "runner_failed")
    assert answer.json["error"]["hint"].startswith("Start it with '")


def base_of(python: Path) -> str:
    """The installation that a virtual environment's interpreter takes its library from."""
    told = (python, "-c", "import os, sys; print(os.path.realpath(sys.base_prefix))")
    return subprocess.run(told, capture_output=True, text=True, check=True).stdout.strip()


def db(project: Project, *arguments: str) -> Answer:
    return fidesdev("db", *arguments, cwd=project.root)
