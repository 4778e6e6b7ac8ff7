"""Which files are read, where the project is, and what a bad file is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.config import Flags, load_settings
from fidesdev.config.files import Place, find_place, read_toml
from fidesdev.errors import BadToml, ConfigError, ConfigMissing, UsageError
from tests.config.conftest import NO_FLAGS, Load


def place(start: Path, home: Path, flags: Flags = NO_FLAGS, **environ: str) -> Place:
    return find_place(flags, {"HOME": str(home), **environ}, start)


def written(path: Path, text: str = "[fidesdev]\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_nearest_folder_with_a_file_is_the_project(project: Path, home: Path) -> None:
    written(project / ".fides.toml")
    near = written(project / "services" / "pay" / ".fides.toml")
    deep = project / "services" / "pay" / "src" / "deep"
    deep.mkdir(parents=True)
    assert place(deep, home) == Place(near.parent, (near,), is_project=True)


def test_file_in_the_fides_folder_makes_its_parent_the_project(project: Path, home: Path) -> None:
    file = written(project / ".fides" / "fides.toml")
    (project / "src").mkdir()
    assert place(project / "src", home) == Place(project, (file,), is_project=True)


def test_both_files_of_a_folder_are_read_ours_first(project: Path, home: Path) -> None:
    theirs = written(project / ".fides" / "fides.toml")
    ours = written(project / ".fides.toml")
    assert place(project, home).files == (ours, theirs)


def test_search_ends_at_the_repository_root(project: Path, home: Path) -> None:
    written(project.parent / ".fides.toml")
    (project / "src").mkdir()
    assert place(project / "src", home) == Place(project, (), is_project=True)


def test_repository_root_may_be_marked_by_a_file(project: Path, home: Path) -> None:
    written(project / ".fides.toml")
    written(project / "worktree" / ".git", "gitdir: ../.git/worktrees/worktree\n")
    assert place(project / "worktree", home).project == project / "worktree"


def test_search_ends_at_the_home_directory(tmp_path: Path) -> None:
    written(tmp_path / ".fides.toml")
    start = tmp_path / "home" / "notes"
    start.mkdir(parents=True)
    assert place(start, tmp_path / "home") == Place(start, (), is_project=False)


def test_file_in_the_home_directory_counts(home: Path) -> None:
    file = written(home / ".fides.toml")
    (home / "notes").mkdir()
    assert place(home / "notes", home) == Place(home, (file,), is_project=True)


def test_outside_home_and_repository_the_search_goes_on(tmp_path: Path) -> None:
    file = written(tmp_path.resolve() / ".fides.toml")
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "home").mkdir()
    assert place(tmp_path / "a" / "b", tmp_path / "home").files == (file,)


def test_folder_named_like_the_file_is_not_a_file(project: Path, home: Path) -> None:
    (project / ".fides.toml").mkdir()
    assert place(project, home).files == ()


def test_directory_flag_starts_the_search_there(project: Path, home: Path) -> None:
    file = written(project / "sub" / ".fides.toml")
    assert place(project, home, Flags(directory=Path("sub"))).files == (file,)


def test_directory_that_does_not_exist_is_a_usage_error(project: Path, home: Path) -> None:
    with pytest.raises(UsageError, match="no such directory: nope") as caught:
        place(project, home, Flags(directory=Path("nope")))
    assert caught.value.exit_code == 2


def test_config_flag_is_read_alone(project: Path, home: Path) -> None:
    written(project / ".fides.toml")
    file = written(home / "elsewhere" / "ci.toml")
    flags = Flags(config=Path("../../elsewhere/ci.toml"))
    assert place(project, home, flags) == Place(file.parent, (file,), is_project=True)


def test_config_flag_is_relative_to_the_directory_flag(project: Path, home: Path) -> None:
    file = written(project / "sub" / "ci.toml")
    flags = Flags(directory=Path("sub"), config=Path("ci.toml"))
    assert place(project, home, flags).files == (file,)


def test_config_flag_wins_over_the_variable(project: Path, home: Path) -> None:
    one, two = written(project / "one.toml"), written(project / "two.toml")
    flags = Flags(config=one)
    assert place(project, home, flags, FIDES__CONFIG_PATH=str(two)).files == (one,)


def test_variable_names_a_file(project: Path, home: Path) -> None:
    file = written(home / "fides" / ".fides" / "fides.toml")
    written(home / "fides" / ".fides.toml")
    found = place(project, home, FIDES__CONFIG_PATH=str(file))
    assert found == Place(home / "fides", (file,), is_project=True)


@pytest.mark.parametrize("name", [".fides.toml", ".fides/fides.toml"])
def test_variable_names_a_directory_that_holds_a_file(project: Path, home: Path, name: str) -> None:
    file = written(home / "conf" / name)
    found = place(project, home, FIDES__CONFIG_PATH=str(home / "conf"))
    assert found == Place(home / "conf", (file,), is_project=True)


def test_variable_names_the_fides_folder_itself(project: Path, home: Path) -> None:
    file = written(home / "conf" / ".fides" / "fides.toml")
    found = place(project, home, FIDES__CONFIG_PATH=str(home / "conf" / ".fides"))
    assert found == Place(home / "conf", (file,), is_project=True)


def test_empty_path_variable_is_none(project: Path, home: Path) -> None:
    file = written(project / ".fides.toml")
    assert place(project, home, FIDES__CONFIG_PATH="").files == (file,)


@pytest.mark.parametrize("name", ["nope.toml", "empty"])
def test_named_file_that_is_missing_exits_2(project: Path, home: Path, name: str) -> None:
    (project / "empty").mkdir()
    with pytest.raises(ConfigMissing) as caught:
        place(project, home, Flags(config=Path(name)))
    assert str(caught.value) == (f"no configuration file at {project / name} (named by --config)")
    assert (caught.value.code, caught.value.exit_code) == ("config_missing", 2)
    with pytest.raises(ConfigMissing, match="named by FIDES__CONFIG_PATH"):
        place(project, home, FIDES__CONFIG_PATH=name)


def test_linked_file_belongs_where_the_link_stands(project: Path, home: Path) -> None:
    target = written(home / "dotfiles" / "shop.toml")
    (project / ".fides.toml").symlink_to(target)
    assert place(project, home).project == project
    assert place(home, home, Flags(config=project / ".fides.toml")).project == project


def test_bad_toml_names_file_line_column_and_the_line(load: Load, project: Path) -> None:
    with pytest.raises(BadToml) as caught:
        load('[database]\nserver = "a"\nport = = 5432\ndb = "b"\n')
    error = caught.value
    assert (error.code, error.exit_code) == ("bad_toml", 2)
    file = str(project / ".fides.toml")
    assert error.facts == {"file": file, "line": 3, "column": 8, "text": "port = = 5432"}
    assert str(error) == f"{file}, line 3, column 8: invalid value\n  port = = 5432"


def test_bad_toml_counts_lines_in_windows_files(load: Load) -> None:
    with pytest.raises(BadToml) as caught:
        load("[database]\r\nport = = 5432\r\n")
    assert (caught.value.facts["line"], caught.value.facts["text"]) == (2, "port = = 5432")


def test_bad_toml_at_the_end_of_the_file(load: Load) -> None:
    with pytest.raises(BadToml) as caught:
        load("[database]\nport = ")
    assert caught.value.facts["line"] == 2


def test_byte_order_mark_is_no_error(project: Path, load: Load) -> None:
    (project / ".fides.toml").write_bytes(b"\xef\xbb\xbf[database]\r\nport = 6000\r\n")
    assert load().database.port == 6000


def test_file_that_is_not_utf8_names_the_byte_and_its_line(project: Path, load: Load) -> None:
    (project / ".fides.toml").write_bytes('[database]\nserver = "m\xfcller"\n'.encode("latin-1"))
    with pytest.raises(BadToml) as caught:
        load()
    assert "byte 0xfc is not UTF-8" in str(caught.value)
    assert (caught.value.facts["line"], caught.value.facts["column"]) == (2, 12)


@pytest.mark.parametrize(
    "line",
    [
        'password = "hunter2',
        'password = hunter2"',
        'password: "hunter2"',
        'password "hunter2"',
        'readonly_password = "hunter2" "',
        '{ password = "hunter2" ',
        'app_encryption_key = "hunter2',
        'url = "postgresql://u:hunter2@host/db',
        'note = """\npassword\nhunter2 \\q"""',
        "note = '''\nhunter2",
    ],
)
def test_bad_toml_never_shows_a_secret(load: Load, line: str) -> None:
    with pytest.raises(BadToml) as caught:
        load(f"[database]\n{line}\n")
    assert "hunter2" not in f"{caught.value} {caught.value.facts} {caught.value.hint}"


def complaint(file: Path) -> BadToml | None:
    try:
        read_toml(file)
    except BadToml as error:
        return error
    return None


@given(broken=st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_text_is_read_or_named_as_bad(
    tmp_path_factory: pytest.TempPathFactory, broken: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(broken.encode())
    error = complaint(file)
    if error is not None:
        assert 1 <= error.facts["line"] <= broken.count("\n") + 1
        assert error.facts["column"] >= 1


def test_file_that_cannot_be_read_is_named(project: Path, home: Path) -> None:
    (project / "loop.toml").symlink_to("loop.toml")
    with pytest.raises(ConfigMissing):
        place(project, home, Flags(config=Path("loop.toml")))
    with pytest.raises(ConfigError, match=r"cannot read .*loop\.toml: too many levels"):
        read_toml(project / "loop.toml")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_file_without_permission_is_named(project: Path, load: Load) -> None:
    written(project / ".fides.toml").chmod(0)
    with pytest.raises(ConfigError, match=r"cannot read .*: permission denied"):
        load()


def test_nothing_at_all_is_fine(tmp_path: Path) -> None:
    settings = load_settings(Flags(), {"HOME": str(tmp_path)}, tmp_path)
    assert (settings.project, settings.files) == (tmp_path.resolve(), ())
