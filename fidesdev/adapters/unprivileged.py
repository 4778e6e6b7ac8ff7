"""Running PostgreSQL as somebody who is not root, which it insists on, and where its data then is.

Nobody's directory is ever opened to others: no chmod or chown of what we did not make.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fidesdev.adapters.postgres_programs import Programs
from fidesdev.errors import ServerFailed

SHARED = Path("/var/lib/fidesdev")
"""What belongs to `nobody` when root cannot take another name in place."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the programs: ourselves, or with `ids` (user and group) somebody else."""

    ids: tuple[int, int] | None = None
    prefix: tuple[str, ...] = ()
    """Comes before the command: enters a user namespace."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The directory of an embedded server and who runs it."""

    directory: Path
    account: Account


def places(home: Path) -> tuple[Path, ...]:
    """Where the server wanted at `home` may be: there, or for root in the shared directory."""
    return (home, _shared(home)) if os.geteuid() == 0 else (home,)


def place(home: Path, environ: Mapping[str, str]) -> Placement:
    """Where the server wanted at `home` belongs and who runs it.

    Root is, in this order: the directory's owner where that is another (so that one `sudo` does
    not leave a directory which its owner cannot use); a user namespace in which root is called
    `nobody`, where files stay root's; the real `nobody`, with data in the shared directory,
    where a container forbids namespaces.
    """
    for account in _accounts(home, environ):
        if _may_write(account, _nearest(home)):
            return Placement(home, account)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
        return Placement(_shared(home), Account((nobody.pw_uid, nobody.pw_gid)))
    if _is_named(os.geteuid()):
        return Placement(home, Account())  # not writable: making the directory says so
    raise ServerFailed(
        f"user id {os.geteuid()} has no entry in the password database, which PostgreSQL needs",
        hint="Add the user to /etc/passwd, or use a server: --database-url postgresql://...",
    )


def run(account: Account, argv: Sequence[str | Path], **options: Any) -> int:
    """Run a command as the account; its exit code. `options` are those of `subprocess.run`."""
    if account.ids is not None:
        user, group = account.ids
        options |= {"user": user, "group": group, "extra_groups": []}
    done = subprocess.run([*account.prefix, *argv], check=False, **options)
    return int(done.returncode)


def make_directory(path: Path, account: Account, *, mode: int = 0o700) -> None:
    """Make a directory and its missing parents, the account's own; what is there stays as it is."""
    if path.is_dir():
        return
    make_directory(path.parent, account, mode=0o755)
    path.mkdir(mode=mode, exist_ok=True)
    give(path, account)


def give(path: Path, account: Account) -> None:
    """Make the account the owner of something that we have just made."""
    if account.ids is not None:
        os.chown(path, *account.ids)


def within_reach(programs: Programs, account: Account) -> Programs:
    """The programs, or a copy of them where the account cannot enter their directory."""
    if account == Account() or _succeeds(account, [programs.directory / "postgres", "-V"]):
        return programs
    prefix = programs.directory.parent
    digest = hashlib.sha256(os.fsencode(prefix)).hexdigest()[:12]
    target = SHARED / f"programs-{programs.version}-{digest}"
    if not target.exists():
        SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
        new = target.with_name(f"{target.name}.{os.getpid()}")
        # the wheel's programs look for their libraries beside the package, three folders up
        shutil.copytree(prefix, new / prefix.parent.name / prefix.name, symlinks=True)
        libraries = prefix.parent.with_name(f"{prefix.parent.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, new / libraries.name)
        _publish(new, target)
    directory = target / prefix.parent.name / prefix.name / programs.directory.name
    return Programs(directory, programs.version)


def _publish(new: Path, target: Path) -> None:
    """Let everybody read the copy, then put it in place; another process may have been first."""
    for path in (new, *new.rglob("*")):
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    try:
        new.rename(target)
    except OSError:
        shutil.rmtree(new)


def _accounts(home: Path, environ: Mapping[str, str]) -> Iterator[Account]:
    """Who could run a server in place."""
    user = os.geteuid()
    if user != 0 and _is_named(user):
        yield Account()
        return
    owner = _nearest(home).stat()
    if user == 0 and owner.st_uid != 0 and _is_named(owner.st_uid):
        yield Account((owner.st_uid, owner.st_gid))
    elif (namespace := _namespace(environ)) is not None:
        yield namespace


def _namespace(environ: Mapping[str, str]) -> Account | None:
    """A user namespace in which we are called `nobody`; None where the system has none for us."""
    program = shutil.which("unshare", path=environ.get("PATH"))
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return None
    if program is None:
        return None
    mapping = (f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
    account = Account(prefix=(program, "--user", *mapping, "--"))
    return account if _succeeds(account, ["true"]) else None


def _may_write(account: Account, directory: Path) -> bool:
    return account == Account() or _succeeds(account, ["test", "-w", directory])


def _succeeds(account: Account, command: Sequence[str | Path]) -> bool:
    try:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return run(account, command, stdin=subprocess.DEVNULL, **quiet) == 0
    except OSError:
        return False


def _is_named(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _nearest(path: Path) -> Path:
    """The path itself or its nearest parent that exists."""
    return next(parent for parent in (path, *path.parents) if parent.exists())


def _shared(home: Path) -> Path:
    return SHARED / hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
