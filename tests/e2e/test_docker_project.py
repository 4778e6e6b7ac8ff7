"""A project goes up, is migrated in its container, rebuilt and cleaned; its neighbours stay."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fidesdev.adapters.engine_inventory import disk_usage
from fidesdev.core.engine import PROJECT_LABEL
from tests.cli.processes import Answer, fidesdev
from tests.docker_projects import Shop, make_shop
from tests.e2e.test_container_runner import base_of
from tests.environments import MATRIX, interpreter
from tests.projects import Project, make_project

APP = """
    working_dir: /srv/shop
    environment: {{PATH: "{programs}:/usr/bin:/bin"}}
    volumes:
{mounts}
      - ./alembic.ini:/srv/shop/alembic.ini:ro
      - ./migrations/env.py:/srv/shop/migrations/env.py:ro
"""


@pytest.fixture
def shop(
    tmp_path: Path, tiny_image: str, postgres_image: str, environments: Path
) -> Iterator[Shop]:
    """The application's container has Alembic 1.8 and no fidesdev."""
    python = interpreter(MATRIX[0], environments)
    folders = dict.fromkeys(["/usr", str(base_of(python)), str(python.parent.parent)])
    mounts = "\n".join(f"      - {folder}:{folder}:ro" for folder in folders)
    app = APP.format(programs=python.parent, mounts=mounts)
    with make_shop(tmp_path, tiny_image, postgres_image, app=app) as made:
        with (made.root / ".fides.toml").open("a") as settings:
            settings.write('runner = "compose:app"\n')
        yield made


@pytest.fixture
def project(shop: Shop) -> Project:
    return make_project(shop.root, "base0 > more", shop.url)


@pytest.fixture
def neighbours(shop: Shop) -> Iterator[dict[str, Any]]:
    """Another project, what nobody labelled, and the layers of builds; as the engine has them."""
    engine, blog = shop.client, f"blog-{shop.name}"
    labels = {PROJECT_LABEL: blog}
    built = f"FROM {shop.tiny}\nENV BLOG=1\nLABEL blog={blog}\n"
    build(shop, built, f"{blog}_app")
    build(shop, f"{built}ENV MORE=1\n", f"unrelated-{shop.name}")
    engine.create_network(f"{blog}_default", labels=labels)
    engine.create_volume(f"{blog}_data", labels=labels)
    engine.create_volume(f"plain-{shop.name}")
    mounted = {f"{blog}_data": "/data", f"plain-{shop.name}": "/plain"}
    config = engine.create_host_config(
        binds=[f"{volume}:{folder}" for volume, folder in mounted.items()],
        network_mode=f"{blog}_default",
    )
    one = engine.create_container(
        f"{blog}_app", name=f"{blog}_one", labels=labels, host_config=config
    )["Id"]
    engine.start(one)
    history: Any = engine.history  # which has no types
    layers = [row["Id"] for row in history(f"unrelated-{shop.name}")]
    yield {
        "container": one,
        "network": f"{blog}_default",
        "volumes": [*mounted],
        "images": [id_ for id_ in layers if id_ != "<missing>"],
    }
    engine.remove_container(one, force=True)
    engine.remove_network(f"{blog}_default")
    for volume in mounted:
        engine.remove_volume(volume)
    for image in (f"unrelated-{shop.name}", f"{blog}_app"):
        engine.remove_image(image)


def build(shop: Shop, dockerfile: str, tag: str) -> None:
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", tag, "-"],
        input=dockerfile,
        text=True,
        capture_output=True,
        check=True,
    )


def inspected(shop: Shop, neighbours: dict[str, Any]) -> list[Any]:
    """All that the engine says of the neighbours."""
    engine = shop.client
    container = engine.inspect_container(neighbours["container"])
    container["Mounts"].sort(key=lambda mount: mount["Name"])  # the engine's order is any
    return [
        container,
        engine.inspect_network(neighbours["network"]),
        *map(engine.inspect_volume, neighbours["volumes"]),
        *map(engine.inspect_image, neighbours["images"]),
    ]


def cached(shop: Shop) -> dict[str, int]:
    """The size of every record of BuildKit's cache, whosever it is."""
    return {row["ID"]: row["Size"] for row in disk_usage(shop.client)["BuildCache"] or ()}


def docker(shop: Shop, *words: str) -> Answer:
    return fidesdev("docker", *words, cwd=shop.root)


def test_project_goes_up_is_migrated_in_its_container_rebuilt_and_cleaned(
    shop: Shop, project: Project, neighbours: dict[str, Any]
) -> None:
    before, cache = inspected(shop, neighbours), cached(shop)
    assert docker(shop, "up", "--wait").code == 0
    shop.wait()
    upgraded = fidesdev("db", "upgrade", cwd=shop.root)
    assert upgraded.code == 0, upgraded.err
    assert project.tables() == {"base0", "more"}

    make_project(shop.root / "next", "base0 > more > last")
    last = shop.root / "next" / "migrations" / "versions" / "last.py"
    last.rename(shop.root / "migrations" / "versions" / "last.py")
    (shop.root / "Dockerfile").write_text(f"FROM {shop.tiny}\nLABEL shop={shop.name} two=2\n")
    containers = {c["Names"][0]: c["Id"] for c in shop.client.containers()}
    rebuilt = docker(shop, "rebuild", "--json")
    data = rebuilt.json["data"]
    assert rebuilt.code == 0, rebuilt.err
    assert (data["built"], data["recreated"]) == (["app"], ["app"])
    assert sorted(data["unchanged"]) == ["db", "worker"]
    assert [phase["name"] for phase in data["phases"]] == ["build", "recreate", "wait", "migrate"]
    assert [step["revision"] for step in data["move"]["steps"]] == ["last"]
    assert project.tables() == {"base0", "more", "last"}
    now = {c["Names"][0]: c["Id"] for c in shop.client.containers()}
    same = {name for name, id_ in now.items() if containers.get(name) == id_}
    (new,) = {name for name in now if name.startswith(f"/{shop.name}")} - same
    assert re.fullmatch(rf"/{shop.name}[-_]app[-_]1", new)

    cleaned = docker(shop, "clean", "--all", "--yes", "--json")
    assert cleaned.code == 0, cleaned.err
    (saved,) = cleaned.json["data"]["saved"]
    assert Path(saved["path"]).stat().st_size > 0
    assert shop.holds() == {}
    assert inspected(shop, neighbours) == before
    assert cache.items() <= cached(shop).items()
