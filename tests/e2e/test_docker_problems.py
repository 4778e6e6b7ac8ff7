"""What `fidesdev docker` says where something is wrong: engine, Compose, file, ports, services."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkouts import Checkout, free_port, new_checkout
from tests.cli.processes import FIDESDEV, environment
from tests.docker_images import docker

NOBODY = 65534


@pytest.fixture
def checkout(tmp_path: Path, tiny_image: str) -> Iterator[Checkout]:
    with new_checkout(tmp_path) as made:
        yield made


def test_daemon_that_is_down_is_told_with_what_works_without_it(tmp_path: Path) -> None:
    host = f"tcp://127.0.0.1:{free_port()}"
    told = Checkout(tmp_path).fidesdev("docker", "ps", "--json", DOCKER_HOST=host)
    error = told.json["error"]
    assert (told.code, error["code"], error["reason"]) == (4, "engine_unavailable", "down")
    assert "fidesdev db start" in error["hint"]


def test_engine_of_the_user_alone_is_found_where_the_usual_one_is_not(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as rootless:
        rootless.bind(str(tmp_path / "docker.sock"))
        rootless.listen()
        variables = {"DOCKER_HOST": "unix:///none", "XDG_RUNTIME_DIR": str(tmp_path)}
        told = Checkout(tmp_path).fidesdev("docker", "ps", "--json", **variables)
    assert (told.code, told.json["error"]["reason"]) == (4, "elsewhere")
    assert f"export DOCKER_HOST=unix://{tmp_path}/docker.sock" in told.json["error"]["hint"]


def test_package_that_is_not_installed_is_named(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['docker'] = None\n"
        "from fidesdev.cli.app import main; main(['docker', 'ps', '--json'])"
    )
    argv = [sys.executable, "-c", program]
    told = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 4
    assert "pip install 'fidesdev[docker]'" in told.stdout


def test_context_that_does_not_exist_is_named(tmp_path: Path) -> None:
    told = Checkout(tmp_path).fidesdev("docker", "ps", "--json", DOCKER_CONTEXT="staging")
    assert (told.code, told.json["error"]["reason"]) == (4, "context")
    assert "'staging'" in told.json["error"]["message"]


@pytest.fixture(scope="module")
def deserted() -> Iterator[str]:
    """A socket that everybody may open and nobody listens at."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as left:
        Path(folder).chmod(0o755)
        path = Path(folder, "docker.sock")
        left.bind(str(path))
        path.chmod(0o777)
        yield str(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user without Docker")
@pytest.mark.parametrize("reason", ["denied", "missing", "down"])
def test_user_without_docker_is_told_why_and_what_to_do(reason: str, deserted: str) -> None:
    hosts = {"missing": "unix:///none", "down": f"unix://{deserted}"}
    environ = {"HOME": "/nonexistent", "XDG_RUNTIME_DIR": "/nonexistent"}
    if reason in hosts:
        environ["DOCKER_HOST"] = hosts[reason]
    program = (
        "import fidesdev.adapters.engine, docker, docker.context, os\n"
        f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        f"try: fidesdev.adapters.engine.open_engine({environ})\n"
        "except fidesdev.errors.EngineUnavailable as error: print(error.reason, error.hint)\n"
    )
    argv = [sys.executable, "-c", program]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    said = {"denied": "Join the group 'docker'"}.get(reason, "Install or start Docker")
    assert done.stdout.startswith(f"{reason} {said}"), done.stderr
    assert "fidesdev db start" in done.stdout


@pytest.mark.parametrize("verb", [("logs", "--follow"), ("shell",)])
def test_json_of_what_has_no_end_is_a_wrong_request(tmp_path: Path, verb: tuple[str, ...]) -> None:
    told = Checkout(tmp_path).fidesdev("docker", *verb, "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "usage")


def test_compose_that_is_not_installed_is_told(tmp_path: Path, tiny_image: str) -> None:
    told = Checkout(tmp_path).fidesdev("docker", "ps", "--json", PATH="/nonexistent")
    assert (told.code, told.json["error"]["code"]) == (4, "command_missing")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("services:\n  a:\n    image: x\n   ports: [1\n", 4),
        ("services:\n  a:\n    image: x\n    ports: 7\n", 4),
        ("services:\n  a:\n    image: x\n    imagine: 7\n", 4),
        ("services:\n  a:\n    image: ${MISSING_IMAGE?say which}\n", 3),
        ("services:\n  a:\n    image: x\n  b:\n    image: x\n    depends_on: [c]\n", 4),
    ],
    ids=["no-yaml", "wrong-type", "unknown-key", "missing-variable", "unknown-dependency"],
)
def test_broken_file_is_named_with_line_and_words(checkout: Checkout, text: str, line: int) -> None:
    file = checkout.root / "docker-compose.yml"
    file.write_text(text)
    told = checkout.fidesdev("docker", "up", "--json")
    error = told.json["error"]
    assert (told.code, error["code"], error["file"]) == (2, "broken_compose_file", str(file))
    assert error["line"] == line
    assert error["said"]
    assert error["said"] in error["message"]


def test_file_of_the_configuration_that_is_not_there_is_named(checkout: Checkout) -> None:
    settings = {"FIDES__FIDESDEV__DOCKER": '{"files": ["deploy/compose.yml"]}'}
    told = checkout.fidesdev("docker", "ps", "--json", **settings)
    assert (told.code, told.json["error"]["code"]) == (2, "compose_file_missing")
    assert told.json["error"]["file"] == str(checkout.root / "deploy/compose.yml")


@pytest.fixture
def web(checkout: Checkout, tiny_image: str) -> Checkout:
    """A project with a service that publishes a port by way of a variable."""
    checkout.compose_file(
        f"""
        web:
          image: {tiny_image}
          ports: ["127.0.0.1:${{WEB_PORT:-8080}}:80"]
        """
    )
    return checkout


def test_port_that_a_process_holds_is_told_before_anything_starts(web: Checkout) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = web.fidesdev("docker", "up", "--json", WEB_PORT=str(port))
    error = told.json["error"]
    assert (told.code, error["code"], error["service"]) == (1, "port_taken", "web")
    if sys.platform == "linux":
        assert error["holder"].endswith(f"(pid {os.getpid()})")
    assert error["free_port"] % 100 == port % 100
    assert f"export WEB_PORT={error['free_port']}" in error["hint"]
    assert web.containers() == []


def test_port_that_a_container_holds_is_told_and_the_one_offered_is_free(
    web: Checkout, tmp_path: Path, tiny_image: str
) -> None:
    port = str(free_port())
    name = f"{web.name}-other"
    docker("run", "--detach", "--name", name, "--publish", f"127.0.0.1:{port}:80", tiny_image)
    told = web.fidesdev("docker", "up", "--json", WEB_PORT=port)
    error = told.json["error"]
    assert (told.code, error["holder"]) == (1, f"container {name!r}")
    assert web.fidesdev("docker", "up", WEB_PORT=str(error["free_port"])).code == 0
    # its own port is no clash
    assert web.fidesdev("docker", "up", WEB_PORT=str(error["free_port"])).code == 0


def test_service_that_dies_is_told_with_its_last_lines(checkout: Checkout, tiny_image: str) -> None:
    checkout.compose_file(
        f"""
        web:
          image: {tiny_image}
          network_mode: host
          command: ["sh", "-c", "echo cannot find the settings; exit 3"]
        """
    )
    told = checkout.fidesdev("docker", "up", "--wait", "--json")
    error = told.json["error"]
    assert (told.code, error["code"], error["exit_code"]) == (1, "service_failed", 3)
    assert error["logs"] == ["cannot find the settings"]


def test_service_that_is_never_ready_is_told(checkout: Checkout, tiny_image: str) -> None:
    checkout.compose_file(
        f"""
        sick:
          image: {tiny_image}
          network_mode: host
          healthcheck: {{test: ["CMD-SHELL", "echo no database; exit 1"], interval: 1s, retries: 1}}
        slow:
          image: {tiny_image}
          network_mode: host
          healthcheck: {{test: ["CMD", "false"], interval: 60s}}
        loops:
          image: {tiny_image}
          network_mode: host
          restart: always
          command: ["false"]
        """
    )
    sick = checkout.fidesdev("docker", "up", "--wait", "sick", "--json").json["error"]
    assert sick["what"] == "is not healthy"
    assert sick["logs"] == ["[health check] exit code 1: no database"]
    slow = checkout.fidesdev("docker", "up", "--wait", "--wait-timeout", "1", "slow", "--json")
    assert slow.json["error"]["what"] == "is not ready after 1 s: starting"
    loops = checkout.fidesdev("docker", "up", "--wait", "loops", "--json").json["error"]
    assert "is started again" in loops["what"]


def test_image_that_cannot_be_had_is_told_in_composes_words(checkout: Checkout) -> None:
    checkout.compose_file("web: {image: '127.0.0.1:1/no/such-image:1'}")
    told = checkout.fidesdev("docker", "up", "--json")
    assert (told.code, told.json["error"]["code"]) == (1, "compose_failed")
    assert "127.0.0.1:1" in told.json["error"]["said"]


def test_ctrl_c_in_a_build_starts_nothing(checkout: Checkout, tiny_image: str) -> None:
    (checkout.root / "Dockerfile").write_text(f"FROM {tiny_image}\nRUN echo building; sleep 60\n")
    checkout.compose_file("web: {build: {context: ., network: host}}")
    with subprocess.Popen(
        [*FIDESDEV, "docker", "up", "--build"],
        cwd=checkout.root,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        assert any("RUN" in line for line in process.stderr)
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        _out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "'docker up' was interrupted" in err
    assert "Traceback" not in err
    assert checkout.containers() == []
