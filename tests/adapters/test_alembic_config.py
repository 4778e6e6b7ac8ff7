"""The Alembic configuration is read as Alembic's own `Config` reads it."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from fidesdev.adapters.alembic_config import (
    AlembicConfig,
    read_alembic_config,
)
from fidesdev.errors import (
    ConfigError,
)

INI = "[alembic]\nscript_location = migrations\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project folder with a script folder, as the working directory Alembic needs."""
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))  # Alembic prepends to it
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def of_alembic(
    ini: Path | None, toml: Path | None = None, section: str = "alembic"
) -> ScriptDirectory:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # what legacy separators are for
        return ScriptDirectory.from_config(Config(ini, toml_file=toml, ini_section=section))


def assert_same(found: AlembicConfig, alembic: ScriptDirectory) -> None:
    """Both look in the same places."""
    assert found.script_location == Path(alembic.dir).absolute()
    assert found.version_locations == tuple(alembic._version_locations)
    assert found.recursive == alembic.recursive_version_locations


def test_the_ini_of_a_new_project_is_read_as_alembic_reads_it(project: Path) -> None:
    ini = write(project / "alembic.ini", INI)
    found = read_alembic_config(ini)
    assert_same(found, of_alembic(ini))
    assert found == AlembicConfig(
        path=ini,
        section="alembic",
        script_location=project / "migrations",
        version_locations=(project / "migrations" / "versions",),
        ini=ini,
    )


@pytest.mark.parametrize(
    "option",
    [
        "script_location = %(here)s/migrations",
        "script_location = ./migrations/../migrations",
        "script_location: migrations",
        "SCRIPT_LOCATION = migrations",
        "here2 = %(here)s\nscript_location = %(here2)s/migrations",
    ],
)
def test_the_script_location_may_be_written_in_many_ways(project: Path, option: str) -> None:
    ini = write(project / "alembic.ini", f"[alembic]\n{option}\n")
    expected = (project / of_alembic(ini).dir).resolve()
    assert read_alembic_config(ini).script_location == expected == project / "migrations"


@pytest.mark.parametrize(
    "options",
    [
        "version_locations = %(here)s/a b,c, d",
        "version_locations = a,b c\nversion_path_separator = space",
        "version_locations = a b:c \nversion_path_separator = :",
        "version_locations = a;b ; c\nversion_path_separator = ;",
        "version_locations = a b:c\nversion_path_separator = os",
        "version_locations =\n  a b\n  c\npath_separator = newline",
        "version_locations = a:b\npath_separator = os",
        "version_path_separator = space\nversion_locations = a b\npath_separator = :",
        "version_locations =\n",
        "recursive_version_locations = true",
        "recursive_version_locations = True",
        "recursive_version_locations = yes",
        "file_template = %%(year)d_%%(rev)s",
    ],
)
def test_every_way_to_write_locations_means_what_it_means_to_alembic(
    project: Path, options: str
) -> None:
    ini = write(project / "alembic.ini", INI + options + "\n")
    alembic, found = of_alembic(ini), read_alembic_config(ini)
    assert found.version_locations == tuple(
        Path(str(path)).resolve() for path in alembic._version_locations
    )
    assert found.recursive == alembic.recursive_version_locations


def test_options_of_the_default_section_count(project: Path) -> None:
    ini = write(project / "alembic.ini", "[DEFAULT]\nscript_location = migrations\n[alembic]\n")
    assert_same(read_alembic_config(ini), of_alembic(ini))


def test_another_section_can_be_named(project: Path) -> None:
    (project / "other").mkdir()
    ini = write(project / "alembic.ini", INI + "[second]\nscript_location = other\n")
    assert_same(read_alembic_config(ini, "second"), of_alembic(ini, section="second"))


@pytest.mark.parametrize(
    ("options", "paths"),
    [
        ("prepend_sys_path = .", ["."]),
        ("prepend_sys_path = . lib,src:other", [".", "lib", "src", "other"]),
        ("prepend_sys_path = a b:c\npath_separator = :", ["a b", "c"]),
        ("prepend_sys_path = a b:c\nversion_path_separator = ;", ["a", "b", "c"]),
        ("", []),
    ],
)
def test_what_is_put_on_the_import_path_is_absolute(
    project: Path, options: str, paths: list[str]
) -> None:
    ini = write(project / "alembic.ini", INI + options + "\n")
    before = len(sys.path)
    of_alembic(ini)
    assert sys.path[: len(sys.path) - before] == paths
    assert read_alembic_config(ini).prepend_sys_path == tuple(project / path for path in paths)


def test_pyproject_has_lists_and_truth_values(project: Path) -> None:
    toml = write(
        project / "pyproject.toml",
        """
        [tool.alembic]
        script_location = "%(here)s/migrations"
        version_locations = ["%(here)s/one, two", "three"]
        prepend_sys_path = [".", "%(here)s/100%%"]
        recursive_version_locations = true
        file_template = "%%(rev)s"
        """,
    )
    found = read_alembic_config(toml)
    assert_same(found, of_alembic(None, toml))
    assert found.prepend_sys_path == (project, project / "100%")
    assert (found.path, found.ini, found.pyproject) == (toml, None, toml)


def test_ini_and_pyproject_complete_each_other_as_in_alembic(project: Path) -> None:
    (project / "second").mkdir()
    ini = write(project / "alembic.ini", "[alembic]\nsqlalchemy.url = sqlite:///x.db\n")
    toml = write(
        project / "pyproject.toml",
        "[tool.alembic]\nscript_location = 'migrations'\nversion_locations = ['second']\n",
    )
    for path in (ini, toml):
        found = read_alembic_config(path)
        assert_same(found, of_alembic(ini, toml))
        assert (found.url, found.ini, found.pyproject) == ("sqlite:///x.db", ini, toml)
    write(ini, "[alembic]\nscript_location = second\n")
    assert_same(read_alembic_config(toml), of_alembic(ini, toml))


def test_a_package_is_found_without_running_it(project: Path) -> None:
    write(project / "lib" / "shop" / "__init__.py", "raise SystemExit('imported')\n")
    (project / "lib" / "shop" / "db" / "migrations").mkdir(parents=True)
    ini = write(
        project / "alembic.ini",
        "[alembic]\nscript_location = shop:db/migrations\nprepend_sys_path = lib\n"
        "version_locations = shop.db:migrations:versions\n",
    )
    found = read_alembic_config(ini)
    assert found.script_location == project / "lib/shop/db/migrations"
    assert found.version_locations == (project / "lib/shop/db/migrations/versions",)


def test_packages_are_looked_for_where_alembic_would_import_them(project: Path) -> None:
    write(project / "lib" / "yard" / "__init__.py", "")
    (project / "lib" / "yard" / "db" / "migrations").mkdir(parents=True)
    ini = write(
        project / "alembic.ini",
        "[alembic]\nscript_location = yard:db/migrations\nprepend_sys_path = lib\n"
        "version_locations = alembic:templates yard:db:versions\n",
    )
    try:
        found, alembic = read_alembic_config(ini), of_alembic(ini)
        assert_same(found, alembic)
    finally:
        sys.modules.pop("yard", None)


@pytest.mark.parametrize("folder", [".", "src"])
def test_the_usual_places_of_packages_are_looked_at(project: Path, folder: str) -> None:
    (project / folder / "inn" / "migrations").mkdir(parents=True)
    ini = write(project / "alembic.ini", "[alembic]\nscript_location = inn:migrations\n")
    assert read_alembic_config(ini).script_location == project / folder / "inn" / "migrations"


@pytest.mark.parametrize("name", ["no_such_package", "alembic.no_such_part", "__main__"])
def test_a_package_that_is_nowhere_is_named(project: Path, name: str) -> None:
    ini = write(project / "alembic.ini", f"[alembic]\nscript_location = {name}:migrations\n")
    with pytest.raises(ConfigError, match=f"package '{name}'") as caught:
        read_alembic_config(ini)
    assert "prepend_sys_path" in str(caught.value.hint)


def test_a_script_folder_that_does_not_exist_is_named(project: Path) -> None:
    ini = write(project / "alembic.ini", "[alembic]\nscript_location = nowhere\n")
    with pytest.raises(ConfigError, match="is no folder: ") as caught:
        read_alembic_config(ini)
    assert caught.value.facts["folder"] == str(project / "nowhere")


def test_a_relative_path_is_read_from_the_working_directory(project: Path) -> None:
    write(project / "alembic.ini", INI)
    assert read_alembic_config(Path("alembic.ini")).path == project / "alembic.ini"


def test_reading_imports_neither_alembic_nor_sqlalchemy(project: Path) -> None:
    write(project / "alembic.ini", INI)
    code = (
        "import sys, pathlib; from fidesdev.adapters import alembic_config as c;"
        "c.read_alembic_config(c.find_alembic_config(pathlib.Path('.'), None));"
        "print({'alembic', 'sqlalchemy', 'tomli', 'subprocess'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"


def test_the_version_table_is_env_py_s(project: Path) -> None:
    ini = write(project / "alembic.ini", INI)
    write(project / "migrations" / "env.py", "context.configure(version_table='v')\n")
    assert read_alembic_config(ini).version_table == "v"
