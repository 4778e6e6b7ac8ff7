"""The version table is what env.py says literally, and the usual one otherwise."""

from __future__ import annotations

import pytest

from fidesdev.core.env_script import read_version_table


@pytest.mark.parametrize(
    ("env", "table", "schema"),
    [
        ("context.configure(connection=c)", "alembic_version", None),
        ("context.configure(version_table='v')", "v", None),
        ("configure(\n  version_table='v',\n  version_table_schema='s')", "v", "s"),
        ("TABLE = 'v'\ndef run():\n    context.configure(version_table=TABLE)", "v", None),
        ("TABLE: str = 'v'\ncontext.configure(version_table=TABLE)", "v", None),
        ("configure(version_table='v')\nconfigure(version_table='v')", "v", None),
        ("configure(version_table='v')\nconfigure(version_table='w')", "alembic_version", None),
        ("configure(version_table='v')\nconfigure(version_table=w)", "alembic_version", None),
        ("TABLE = 'v'\nif x: TABLE = 'w'\nconfigure(version_table=TABLE)", "alembic_version", None),
        ("configure(version_table=f'{x}_version')", "alembic_version", None),
        ("configure(version_table_schema=None)", "alembic_version", None),
        ("# version_table='v'", "alembic_version", None),
        ("other(version_table='v')", "alembic_version", None),
        ("print 'version_table'", "alembic_version", None),
    ],
)
def test_the_version_table_is_what_env_py_says_literally(
    env: str, table: str, schema: str | None
) -> None:
    assert read_version_table(env.encode()) == (table, schema)


def test_a_constant_from_elsewhere_counts_as_not_said() -> None:
    source = b"from app import TABLE\ncontext.configure(version_table=TABLE)\n"
    assert read_version_table(source) == ("alembic_version", None)
