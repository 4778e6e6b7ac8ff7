"""What is wrong in an Alembic file is named with file, line and key; a URL counts when literal."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.config import Config

from fidesdev.adapters.alembic_config import read_alembic_config
from fidesdev.errors import BadToml, ConfigError

INI = "[alembic]\nscript_location = migrations\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder with a script folder."""
    (tmp_path / "migrations").mkdir()
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("option", "url"),
    [
        ("sqlalchemy.url = postgresql://u:p@host/db", "postgresql://u:p@host/db"),
        ("sqlalchemy.url = postgresql://u:100%%25@host/db", "postgresql://u:100%25@host/db"),
        ("user = u\nsqlalchemy.url = postgresql://%(user)s@h/db", "postgresql://u@h/db"),
        ("sqlalchemy.url = sqlite:///%(here)s/x.db", "sqlite:///{project}/x.db"),
        ("sqlalchemy.url = driver://user:pass@localhost/dbname", None),
        ("sqlalchemy.url = postgresql://%(DB_USER)s@h/db", None),
        ("sqlalchemy.url = postgresql://u:100%@h/db", None),
        ("sqlalchemy.url =", None),
        ("", None),
    ],
)
def test_a_url_counts_when_it_is_a_literal(project: Path, option: str, url: str | None) -> None:
    ini = write(project / "alembic.ini", INI + option + "\n")
    expected = url and url.format(project=project)
    found = read_alembic_config(ini)
    assert found.url == expected
    assert url is None or Config(ini).get_main_option("sqlalchemy.url") == expected
    assert "p@host" not in repr(found)


@pytest.mark.parametrize(
    "text", ["", "[other]\nx = 1\n", "[alembic]\n", "[alembic]\nscript_location =\n"]
)
def test_a_missing_script_location_is_an_error_with_the_line_to_write(
    project: Path, text: str
) -> None:
    ini = write(project / "alembic.ini", text)
    with pytest.raises(ConfigError, match=r"sets no script_location in \[alembic\]") as caught:
        read_alembic_config(ini)
    assert "script_location = %(here)s" in str(caught.value.hint)
    assert caught.value.facts["file"] == str(ini)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("script_location = x\n", 1, "no section begins before it"),
        ("[alembic]\nx = 1\nno equals sign\n", 3, "neither 'name = value' nor"),
        ("[alembic]\nx = 1\nx = 2\n", 3, "x is set twice in [alembic]"),
        ("[alembic]\n[x]\n[alembic]\n", 3, "section [alembic] is there twice"),
    ],
)
def test_a_syntax_error_in_the_ini_has_file_line_and_text(
    project: Path, text: str, line: int, reason: str
) -> None:
    ini = write(project / "alembic.ini", text)
    with pytest.raises(ConfigError) as caught:
        read_alembic_config(ini)
    message = str(caught.value)
    assert message.startswith(f"{ini}, line {line}: ")
    assert reason in message
    assert message.endswith(f"\n  {text.splitlines()[line - 1]}")
    assert caught.value.facts == {"file": str(ini), "line": line}


def test_an_interpolation_that_fails_is_named(project: Path) -> None:
    ini = write(project / "alembic.ini", "[alembic]\nscript_location = %(nowhere)s/x\n")
    with pytest.raises(ConfigError, match=r"script_location in .*alembic\.ini: "):
        read_alembic_config(ini)


def test_an_unknown_separator_is_named_with_the_known_ones(project: Path) -> None:
    ini = write(project / "alembic.ini", INI + "version_locations = a b\npath_separator = ,\n")
    with pytest.raises(ConfigError, match=r"path_separator in .* is ','") as caught:
        read_alembic_config(ini)
    assert "space, newline, os" in str(caught.value.hint)


def test_bad_toml_has_line_and_column(project: Path) -> None:
    toml = write(project / "pyproject.toml", "[tool.alembic]\nscript_location = x\n")
    with pytest.raises(BadToml) as caught:
        read_alembic_config(toml)
    facts = caught.value.facts
    assert (facts["line"], facts["column"]) == (2, 19)
    assert facts["text"] == "script_location = x"


@pytest.mark.parametrize(
    "option",
    [
        "script_location = 7",
        "version_locations = 'one'",
        "version_locations = [1]",
        "recursive_version_locations = 'true'",
        "prepend_sys_path = ['%(there)s']",
        "prepend_sys_path = ['100%']",
    ],
)
def test_a_wrong_type_in_pyproject_is_named(project: Path, option: str) -> None:
    table = "[tool.alembic]\nscript_location = 'migrations'\n"
    text = f"[tool.alembic]\n{option}\n" if "script" in option else f"{table}{option}\n"
    toml = write(project / "pyproject.toml", text)
    key = option.partition(" ")[0]
    with pytest.raises(ConfigError, match=f"{key} in .*pyproject") as caught:
        read_alembic_config(toml)
    assert caught.value.facts["key"] == key


def test_an_ini_with_a_byte_order_mark_and_windows_line_ends_is_read(project: Path) -> None:
    ini = project / "alembic.ini"
    ini.write_bytes(b"\xef\xbb\xbf" + INI.replace("\n", "\r\n").encode())
    assert read_alembic_config(ini).script_location == project / "migrations"


def test_a_folder_with_a_percent_sign_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "100%" / "migrations").mkdir(parents=True)
    ini = write(
        tmp_path / "100%" / "alembic.ini", "[alembic]\nscript_location = %(here)s/migrations\n"
    )
    assert read_alembic_config(ini).script_location == tmp_path / "100%" / "migrations"
