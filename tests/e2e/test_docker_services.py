"""`fidesdev docker up`, `ps`, `logs`, `shell` and `down` on a real engine."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from fidesdev.services import containers
from fidesdev.services.workspace import open_workspace
from tests.checkouts import Checkout, new_checkout
from tests.cli.processes import FIDESDEV, at_terminal

SERVICES = """
web:
  image: {image}
  network_mode: host
  command: ["sh", "-c", "echo ready to serve; echo to stderr >&2; touch /tmp/ok; sleep 600"]
  healthcheck: {{test: ["CMD", "cat", "/tmp/ok"], interval: 1s}}
init:
  image: {image}
  network_mode: host
  command: ["sh", "-c", "echo made tables"]
quiet:
  image: {image}
  network_mode: host
  profiles: [rare]
"""


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, tiny_image: str) -> Iterator[Checkout]:
    """A project whose services run."""
    with new_checkout(tmp_path_factory.mktemp("services")) as checkout:
        checkout.compose_file(SERVICES.format(image=tiny_image))
        answer = checkout.fidesdev("docker", "up", "--wait")
        assert answer.code == 0, answer.err
        assert "web healthy" in answer.err
        assert "init done" in answer.err
        yield checkout


def rows(checkout: Checkout) -> dict[str, dict[str, object]]:
    listed = checkout.fidesdev("docker", "ps", "--json").json["data"]["containers"]
    return {row["service"]: row for row in listed}


def planned(checkout: Checkout, named: str = "", docker: str = "{}") -> list[str]:
    environ = {**os.environ, "FIDES__FIDESDEV__DOCKER": docker}
    workspace = open_workspace(environ=environ, cwd=checkout.root)
    return sorted(containers.plan_up(workspace, [named] if named else []).services)


def test_ps_tells_state_health_and_exit_code(up: Checkout, tiny_image: str) -> None:
    found = rows(up)
    assert found.keys() == {"web", "init"}
    assert (found["web"]["state"], found["web"]["health"]) == ("running", "healthy")
    assert (found["init"]["state"], found["init"]["exit_code"]) == ("exited", 0)
    assert found["web"]["image"] == tiny_image


def test_ps_prints_rows_for_other_programs(up: Checkout) -> None:
    header, *lines = up.fidesdev("docker", "ps", "--format", "csv").out.splitlines()
    assert header.startswith("service,container,state,health")
    assert [line.split(",")[0] for line in lines] == ["init", "web"]
    jsonl = up.fidesdev("docker", "ps", "--format", "jsonl").out.splitlines()
    assert [json.loads(line)["service"] for line in jsonl] == ["init", "web"]


def test_dry_run_names_what_would_be_started(up: Checkout) -> None:
    assert planned(up, "quiet") == ["quiet"]
    assert "quiet" not in rows(up)


def test_profiles_project_and_services_come_from_the_configuration(up: Checkout) -> None:
    assert planned(up, docker='{"profiles": ["rare"]}') == ["init", "quiet", "web"]
    assert planned(up, docker='{"services": ["init"]}') == ["init"]
    assert planned(up, docker='{"services": ["init"]}', named="web") == ["web"]


def test_logs_are_of_all_services_or_of_one(up: Checkout) -> None:
    assert "web | ready to serve\n" in up.fidesdev("docker", "logs").out
    assert up.fidesdev("docker", "logs", "init", "--tail", "1").out == "init | made tables\n"
    said = up.fidesdev("docker", "logs", "web", "--json").json["data"]["lines"]
    assert sorted(line["text"] for line in said)[:2] == ["ready to serve", "to stderr"]


def test_following_ends_with_the_containers(up: Checkout) -> None:
    assert up.fidesdev("docker", "logs", "-f", "init").out.startswith("init | made tables\n")


def test_ctrl_c_ends_following(up: Checkout) -> None:
    typed = {"ready to serve": "\x03"}
    code, screen = at_terminal((*FIDESDEV, "docker", "logs", "-f", "web"), up.root, typed=typed)
    assert code == 130
    assert "Traceback" not in screen


def test_command_in_a_container_ends_fidesdev_with_its_code(up: Checkout) -> None:
    answer = up.fidesdev("docker", "shell", "web", "--", "sh", "-c", "echo out; exit 7")
    assert (answer.code, answer.out) == (7, "out\n")
    told = up.fidesdev("docker", "shell", "web", "--json", "--", "sh", "-c", "echo out; exit 7")
    assert (told.code, told.json["data"]["output"], told.json["ok"]) == (7, "out\n", False)


def test_command_has_a_terminal_only_where_fidesdev_has_one(up: Checkout) -> None:
    asked = ("sh", "-c", "if test -t 0; then echo typed; else echo piped; fi")
    assert up.fidesdev("docker", "shell", "web", "--", *asked).out == "piped\n"
    code, screen = at_terminal((*FIDESDEV, "docker", "shell", "web", "--", *asked), up.root)
    assert (code, screen.strip()) == (0, "typed")


def test_shell_reads_what_is_typed(up: Checkout) -> None:
    typed = {"# ": "echo from $((40 + 2)); exit 3\r"}
    code, screen = at_terminal((*FIDESDEV, "docker", "shell", "web"), up.root, typed=typed)
    assert code == 3
    assert "from 42" in screen


def test_shell_asks_which_service(up: Checkout) -> None:
    told = up.fidesdev("docker", "shell", "--json", "--", "ls")
    assert (told.code, told.json["error"]["code"]) == (2, "usage")
    meant = up.fidesdev("docker", "shell", "--", "true", FIDES__FIDESDEV__RUNNER="compose:web")
    assert meant.code == 0, meant.err


@pytest.mark.parametrize("verb", [("up",), ("logs",), ("shell",)])
def test_unknown_service_gets_the_nearest_name(up: Checkout, verb: tuple[str]) -> None:
    told = up.fidesdev("docker", *verb, "wbe", "--json", *(["--", "ls"] * (verb == ("shell",))))
    error = told.json["error"]
    assert (told.code, error["code"], error["nearest"]) == (1, "unknown_service", ["web"])


def test_shell_in_a_service_that_has_ended_says_how_to_start_it(up: Checkout) -> None:
    told = up.fidesdev("docker", "shell", "init", "--json", "--", "ls")
    assert (told.code, told.json["error"]["code"]) == (4, "service_not_running")
    assert "docker up init" in told.json["error"]["hint"]


def test_table_fits_a_terminal_of_80_columns(up: Checkout) -> None:
    _code, screen = at_terminal((*FIDESDEV, "docker", "ps"), up.root, NO_COLOR="1")
    assert "running (healthy)" in screen
    assert all(len(line) <= 80 for line in screen.splitlines()[1:])


def test_down_removes_every_container_also_those_of_a_profile(
    tmp_path_factory: pytest.TempPathFactory, tiny_image: str
) -> None:
    with new_checkout(tmp_path_factory.mktemp("down")) as checkout:
        checkout.compose_file(SERVICES.format(image=tiny_image))
        assert checkout.fidesdev("docker", "up", "web", "quiet").code == 0
        assert "Would remove" in checkout.fidesdev("docker", "down", "--dry-run").out
        assert len(checkout.containers()) == 2
        answer = checkout.fidesdev("docker", "down", "--json")
        assert len(answer.json["data"]["containers"]) == 2
        assert checkout.containers() == []


def test_containers_of_another_checkout_with_the_same_name_are_not_taken_down(
    tmp_path_factory: pytest.TempPathFactory, tiny_image: str
) -> None:
    folder = tmp_path_factory.mktemp("same")
    with new_checkout(folder) as first:
        (folder / "other").mkdir()
        second = Checkout(folder / "other" / first.name)
        second.root.mkdir()
        for one in (first, second):
            one.compose_file(SERVICES.format(image=tiny_image))
        assert first.fidesdev("docker", "up", "web").code == 0
        told = second.fidesdev("docker", "down", "--json")
        assert (told.code, told.json["error"]["code"]) == (5, "shared_project")
        assert told.json["error"]["folders"] == [str(first.root)]
        assert len(first.containers()) == 1
        assert second.fidesdev("docker", "down", "--yes").code == 0
        assert first.containers() == []
