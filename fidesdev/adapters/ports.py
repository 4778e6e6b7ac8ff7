"""TCP and UDP ports of this machine: whether one is free, and which process holds it."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from fidesdev.core.compose import Port

_LISTENING = "0A"
_UDP = "07"


def is_taken(port: Port) -> bool:
    """Whether something on this machine listens where the port is to be published."""
    kind = socket.SOCK_DGRAM if port.protocol == "udp" else socket.SOCK_STREAM
    family = socket.AF_INET6 if ":" in port.host_ip else socket.AF_INET
    try:
        with socket.socket(family, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((port.host_ip, port.published or 0))
    except OSError as error:
        return error.errno == errno.EADDRINUSE  # a port below 1024 may only be the engine's to bind
    return False


def holder_of(port: Port) -> str:
    """The process that listens there, as `process 'postgres' (pid 812)`, where it can be known."""
    for inode in _inodes(port):
        for process in Path("/proc").glob("[0-9]*"):
            if _has_socket(process, inode):
                return f"process {_name(process)!r} (pid {process.name})"
    return "another process"


def _inodes(port: Port) -> Iterator[str]:
    """The sockets that listen on the port, from the kernel's own tables (Linux)."""
    wanted = _UDP if port.protocol == "udp" else _LISTENING
    for table in (port.protocol, f"{port.protocol}6"):
        try:
            rows = Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            columns = row.split()
            local, state, inode = columns[1], columns[3], columns[9]
            if state == wanted and int(local.rpartition(":")[2], 16) == port.published:
                yield inode


def _has_socket(process: Path, inode: str) -> bool:
    try:
        links = [os.readlink(link) for link in (process / "fd").iterdir()]  # noqa: PTH115 - no path
    except OSError:  # it ended, or is somebody else's
        return False
    return f"socket:[{inode}]" in links


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "unknown"
