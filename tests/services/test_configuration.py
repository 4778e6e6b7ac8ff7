"""What the verbs of `config` answer, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fidesdev.config import Flags
from fidesdev.core.configuration import Setting, Value
from fidesdev.errors import AlreadyExists, ConfigError, InvalidUrl
from fidesdev.services import configuration
from fidesdev.services.workspace import Workspace, open_workspace

Open = Callable[..., Workspace]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "shop"
    (folder / ".git").mkdir(parents=True)
    return folder


@pytest.fixture
def opened(project: Path) -> Open:
    def workspace(
        toml: str | None = None, environ: Mapping[str, str] | None = None, **flags: str
    ) -> Workspace:
        if toml is not None:
            (project / ".fides.toml").write_text(toml)
        variables = {"HOME": str(project.parent), **(environ or {})}
        return open_workspace(
            Flags(database_url=flags.get("database_url")), environ=variables, cwd=project
        )

    return workspace


def values(workspace: Workspace) -> dict[str, Value]:
    return {setting.key: setting.value for setting in configuration.show(workspace).settings}


def setting(workspace: Workspace, key: str) -> Setting:
    report = configuration.show(workspace, origin=True)
    (found,) = [setting for setting in report.settings if setting.key == key]
    return found


def test_show_has_every_key_with_its_value_in_force(opened: Open, project: Path) -> None:
    found = values(opened('[database]\nport = "6000"\n[fidesdev]\nprotected = ["prod*"]\n'))
    assert found["database"] == "postgresql://postgres:***@localhost:6000/fides"
    assert found["database.port"] == 6000
    assert found["fidesdev.protected"] == ("prod*",)
    assert found["fidesdev.data_dir"] == str(project / ".fidesdev")
    assert found["fidesdev.upstream"] is None
    assert found["test_mode"] is False


def test_show_names_who_said_it_when_asked(opened: Open, project: Path) -> None:
    workspace = opened("[database]\nport = 6000\n", {"FIDES__DATABASE__USER": "me"})
    file = str(project / ".fides.toml")
    assert setting(workspace, "database.port") == Setting("database.port", 6000, "file", file)
    user = setting(workspace, "database.user")
    assert (user.origin, user.origin_name) == ("environment", "FIDES__DATABASE__USER")
    assert setting(workspace, "database.db").origin == "default"
    assert setting(workspace, "database").origin_name == "FIDES__DATABASE__USER"
    assert {s.origin for s in configuration.show(workspace).settings} == {None}


def test_show_names_the_database_that_a_flag_chose(opened: Open) -> None:
    workspace = opened("", database_url="postgresql://me:hunter2@db.example/shop")
    url = "postgresql://me:***@db.example/shop"
    assert setting(workspace, "database") == Setting("database", url, "flag", "--database-url")
    assert setting(workspace, "database_url").value == url


def test_show_does_not_start_the_embedded_server(opened: Open, project: Path) -> None:
    workspace = opened('[fidesdev]\nengine = "embedded"\n', {"FIDES__TEST_MODE": "true"})
    assert values(workspace)["database"] == "fides_test on the embedded server"
    assert not (project / ".fidesdev").exists()


def test_show_hides_every_secret(opened: Open) -> None:
    workspace = opened(
        '[database]\npassword = "hunter2"\nparams = {sslpassword = "hunter2", sslmode = "allow"}\n'
        '[security]\napp_encryption_key = "hunter2"\n'
        "[fidesdev.runner_env]\n"
        'PGPASSWORD = "hunter2"\nURL = "postgresql://u:hunter2@h/d"\nMINE = "{password}"\n'
    )
    assert "hunter2" not in repr(configuration.show(workspace, origin=True))
    found = values(workspace)
    assert found["database.params"] == {"sslpassword": "***", "sslmode": "allow"}
    assert found["fidesdev.runner_env"] == {
        "PGPASSWORD": "***",
        "URL": "postgresql://u:***@h/d",
        "MINE": "{password}",
    }
    assert (found["database.password"], found["security.app_encryption_key"]) == ("***", "***")


def test_path_names_folder_files_and_data(opened: Open, project: Path) -> None:
    (project / ".fides").mkdir()
    (project / ".fides" / "fides.toml").write_text("")
    report = configuration.path(opened(""))
    assert report.project == str(project)
    assert report.files == (str(project / ".fides.toml"), str(project / ".fides" / "fides.toml"))
    assert report.data_dir == str(project / ".fidesdev")


def test_check_of_a_good_configuration_finds_nothing(opened: Open) -> None:
    report = configuration.check(opened("[database]\nport = 6000\n"))
    assert report.findings == ()
    assert report.checked == ("files", "variables", "database")


def test_check_tells_of_a_compose_name_that_is_unknown_here(opened: Open) -> None:
    report = configuration.check(opened('[database]\nserver = "no-such-service-of-fides"\n'))
    assert [(finding.code, finding.severity) for finding in report.findings] == [
        ("compose_name", "info")
    ]


def test_check_raises_what_is_wrong_with_the_database(opened: Open) -> None:
    workspace = opened(
        "[fidesdev]\nuse_database_url = true\n", {"DATABASE_URL": "mysql://u:hunter2@h/d"}
    )
    with pytest.raises(InvalidUrl):
        configuration.check(workspace)


def test_init_writes_a_file_that_changes_nothing(opened: Open, project: Path) -> None:
    before = values(opened())
    report = configuration.init(opened())
    assert (report.path, report.executed) == (str(project / ".fides.toml"), True)
    assert (project / ".fides.toml").read_text() == report.content
    assert values(opened()) == before
    assert configuration.check(opened()).findings == ()


def test_init_in_a_dry_run_writes_nothing(opened: Open, project: Path) -> None:
    report = configuration.init(opened(), dry_run=True)
    assert report.executed is False
    assert "[fidesdev]" in report.content
    assert not (project / ".fides.toml").exists()


@pytest.mark.parametrize("dry_run", [False, True])
def test_init_never_overwrites(opened: Open, project: Path, dry_run: bool) -> None:
    workspace = opened("# mine\n")
    with pytest.raises(AlreadyExists, match="is there already") as caught:
        configuration.init(workspace, dry_run=dry_run)
    assert (caught.value.code, caught.value.exit_code) == ("already_exists", 5)
    assert (project / ".fides.toml").read_text() == "# mine\n"


def test_init_beside_the_file_of_fides_leaves_that_alone(opened: Open, project: Path) -> None:
    theirs = project / ".fides" / "fides.toml"
    theirs.parent.mkdir()
    theirs.write_text('[database]\ndb = "theirs"\n')
    configuration.init(opened())
    assert values(opened())["database.db"] == "theirs"


def test_init_does_not_follow_a_broken_link(opened: Open, project: Path) -> None:
    (project / ".fides.toml").symlink_to(project / "nowhere")
    with pytest.raises(AlreadyExists):
        configuration.init(opened())
    assert not (project / "nowhere").exists()


def test_init_where_nothing_can_be_written_says_so(opened: Open, project: Path) -> None:
    workspace = opened()
    (project / ".git").rmdir()
    project.rmdir()
    with pytest.raises(ConfigError, match=r"cannot write .*: no such file or directory"):
        configuration.init(workspace)
