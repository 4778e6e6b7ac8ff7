"""`docker rebuild` where it does not go through."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.cli.processes import FIDESDEV, environment, fidesdev
from tests.docker_projects import Shop, make_shop


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory, tiny_image: str, postgres_image: str
) -> Iterator[Shop]:
    """A project of which one worker runs, as it was made some time ago."""
    with make_shop(tmp_path_factory.mktemp("rebuild"), tiny_image, postgres_image) as made:
        made.run("app_1", {}, "host")
        yield made


@pytest.fixture
def containers(shop: Shop) -> Iterator[list[str]]:
    """What runs, and runs still at the end of the test."""
    before = shop.holds()["containers"]
    yield before
    assert shop.holds()["containers"] == before
    assert shop.client.inspect_container(before[0])["State"]["Running"]


def write(shop: Shop, *steps: str) -> None:
    (shop.root / "Dockerfile").write_text("\n".join((f"FROM {shop.tiny}", *steps)))


@pytest.mark.usefixtures("containers")
def test_build_that_fails_leaves_what_runs(shop: Shop) -> None:
    wrong = f"it is wrong in {shop.name}"
    write(shop, f"RUN echo {wrong}; exit 7")
    answer = fidesdev("docker", "rebuild", "app", cwd=shop.root)
    assert answer.code == 1
    assert wrong in answer.err
    assert re.search(r"error: 'docker.compose build' failed: ", answer.err)
    commands = [one["Command"] for one in shop.client.containers(all=True)]
    assert not [command for command in commands if wrong in command]


@pytest.mark.usefixtures("containers")
def test_ctrl_c_in_the_middle_of_a_build_leaves_what_runs_and_says_so(shop: Shop) -> None:
    write(shop, "RUN echo far; sleep 30; echo further")
    process = subprocess.Popen(
        [*FIDESDEV, "docker", "rebuild", "app"],
        cwd=shop.root,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    with process:
        for line in process.stderr:
            if "Running in" in line or line.strip().endswith("far"):
                break
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    kept = rf"interrupted while images were built; as before still run: {shop.name}_app_1"
    assert re.search(kept, said), said
    assert "hint: Go on with 'fidesdev docker rebuild'" in said


@pytest.mark.usefixtures("containers")
def test_unknown_service_and_dry_run_change_nothing(shop: Shop) -> None:
    unknown = fidesdev("docker", "rebuild", "apq", "--json", cwd=shop.root)
    assert (unknown.code, unknown.json["error"]["nearest"]) == (1, ["app"])
    shown = fidesdev("docker", "rebuild", "app", "--dry-run", "--json", cwd=shop.root)
    data = shown.json["data"]
    assert (shown.code, data["built"], data["executed"]) == (0, ["app"], False)
