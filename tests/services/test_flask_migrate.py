"""A project as Flask-Migrate makes it: no script_location, and an env.py that needs the app."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fidesdev.config import Flags
from fidesdev.errors import WrongDatabase
from fidesdev.services import history, migrations
from fidesdev.services.workspace import Workspace, open_workspace
from tests.projects import NO_SNAPSHOTS

APP = """
import os
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["SHOP_DATABASE"]
db = SQLAlchemy(app)
Migrate(app, db)


class Customer(db.Model):
    id = db.Column(db.Integer, primary_key=True)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """A project with one revision, all of its files written by `flask db`."""
    (tmp_path / "app.py").write_text(APP)
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    for arguments in (("init",), ("migrate", "-m", "customers", "--rev-id", "aaa1")):
        subprocess.run(
            [sys.executable, "-m", "flask", "db", *arguments],
            cwd=tmp_path,
            env={"SHOP_DATABASE": url},
            check=True,
            capture_output=True,
        )
    environ = {
        **NO_SNAPSHOTS,
        "FIDES__FIDESDEV__ALEMBIC_CONFIG": "migrations/alembic.ini",
        "FIDES__FIDESDEV__RUNNER": f"python:{sys.executable}",
        "FIDES__FIDESDEV__RUNNER_ENV": '{"SHOP_DATABASE": "{url}"}',
    }
    return open_workspace(Flags(database_url=url), environ=environ, cwd=tmp_path)


def test_flask_migrate_runs_in_its_application(shop: Workspace) -> None:
    done = migrations.execute(migrations.upgrade(shop))
    assert done.after == shop.recorded().rows == {"aaa1"}
    assert "customer" in (migrations.render(migrations.goto(shop, "base")).sql or "")
    assert history.status(shop).at_heads
    elsewhere = shop.elsewhere(renamed=str(shop.cwd / "other.db"))
    tool = replace(shop.settings.tool, runner_env={"SHOP_DATABASE": shop.database.render()})
    strayed = replace(elsewhere, settings=replace(shop.settings, tool=tool))
    with pytest.raises(WrongDatabase):
        migrations.execute(migrations.upgrade(strayed))
    migrations.execute(migrations.goto(shop, "base"))
    assert shop.recorded().rows == set()
