"""What tests of the embedded server share."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from fidesdev.adapters import embedded, postgres
from fidesdev.core.url import DatabaseUrl

START = """
import json, os, sys
from pathlib import Path
from fidesdev.adapters import embedded
print(json.dumps(embedded.start(Path(sys.argv[1]), os.environ, databases=("fides",)).pid))
"""


def remove(home: Path) -> None:
    """Stop the server wanted at `home` and remove what it has anywhere."""
    server = embedded.status(home)
    embedded.stop(home)
    if server is not None and Path(server.directory) != home:
        shutil.rmtree(server.directory)


def answers(url: DatabaseUrl) -> bool:
    with closing(postgres.connect(url)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def script(source: str, home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", source, home],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
