"""A wire between a client and PostgreSQL that breaks at a chosen statement."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum

from fidesdev.core.url import DatabaseUrl

_TERMINATE, _QUERY, _READY, _AUTHENTICATION = b"X", b"Q", b"Z", b"R"


class When(Enum):
    """Where a statement is when the wire breaks."""

    BEFORE = "before"
    """The server has not got it."""
    DURING = "during"
    """The server has it, and has not answered."""
    AFTER = "after"
    """The server has done it, and the client does not know."""


@dataclass
class Wire:
    """Passes everything on until the statement `moment`, counted from 1 over all connections.

    A statement that a connection sends again and again is counted once. Breaking kills the
    process `victim`, where there is one, and closes every connection. With `sends`, the process
    gets that signal and nothing breaks; with `instead`, the server gets another statement.
    """

    server: DatabaseUrl
    moment: int
    when: When
    kills: bool = False
    sends: signal.Signals | None = None
    instead: str = ""
    statements: list[str] = field(default_factory=list)
    broken: threading.Event = field(default_factory=threading.Event)
    """The moment has come."""
    victim: int = 0
    has_victim: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _sockets: list[socket.socket] = field(default_factory=list)
    _last: dict[int, str] = field(default_factory=dict)

    @contextmanager
    def opened(self) -> Iterator[DatabaseUrl]:
        """The URL by which the server is reached through this wire."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            port = listener.getsockname()[1]
            plain = (("sslmode", "disable"), ("gssencmode", "disable"))
            yield replace(self.server, host="127.0.0.1", port=port, params=plain)
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
        self._close()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = listener.accept()
                if self.broken.is_set() and not self._goes_on:
                    client.close()
                    continue
                server = _connected(self.server)
                for end in (client, server):
                    if end.family != socket.AF_UNIX:  # else each answer waits 40 ms for another
                        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets += [client, server]
                threading.Thread(target=self._serve, args=(client, server), daemon=True).start()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        """Pass on the start of the session, then one statement after the other."""
        with contextlib.suppress(OSError, EOFError), client, server:
            server.sendall(_packet(client))
            _pass_answer(server, client, asks=True)
            while True:
                kind, message = _message(client)
                if kind != _QUERY:
                    server.sendall(message)
                    if kind == _TERMINATE:
                        return
                    continue
                self._pass_statement(client, server, message)

    def _pass_statement(self, client: socket.socket, server: socket.socket, message: bytes) -> None:
        breaks = self._counted(client, message[5:-1].decode())
        if breaks and self._goes_on:
            breaks, message = False, self._disturbed(message)
        if breaks and self.when is When.BEFORE:
            self._break()
        server.sendall(message)
        if breaks and self.when is When.DURING:
            self._break()
        _pass_answer(server, None if breaks else client)
        if breaks:
            self._break()

    def _counted(self, client: socket.socket, statement: str) -> bool:
        """Whether this is the statement at which the wire breaks."""
        with self._lock:
            if self._last.get(client.fileno()) == statement:
                return False
            self._last[client.fileno()] = statement
            self.statements.append(statement)
            return len(self.statements) == self.moment

    @property
    def _goes_on(self) -> bool:
        return bool(self.sends or self.instead)

    def _disturbed(self, message: bytes) -> bytes:
        """The message that goes on at the moment where nothing breaks."""
        self.broken.set()
        if self.sends:
            self._signal(self.sends)
            return message
        text = self.instead.encode() + b"\0"
        return _QUERY + struct.pack("!I", len(text) + 4) + text

    def _break(self) -> None:
        self.broken.set()
        if self.kills:
            self._signal(signal.SIGKILL)
        self._close()
        raise EOFError

    def _signal(self, number: signal.Signals) -> None:
        assert self.has_victim.wait(10)
        os.kill(self.victim, number)

    def _close(self) -> None:
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)  # the thread that reads it closes it


def _connected(url: DatabaseUrl) -> socket.socket:
    if url.is_socket:
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{url.host}/.s.PGSQL.{url.port or 5432}")
        return server
    return socket.create_connection((url.host or "127.0.0.1", url.port or 5432))


def _pass_answer(
    server: socket.socket, client: socket.socket | None, *, asks: bool = False
) -> None:
    """Everything until the server is ready for the next statement; without a client, to nobody.

    While a session starts, the server `asks` for the password in between.
    """
    while True:
        kind, message = _message(server)
        if client is not None:
            client.sendall(message)
            if asks and kind == _AUTHENTICATION and _wants_answer(message):
                server.sendall(_message(client)[1])
        if kind == _READY:
            return


def _wants_answer(message: bytes) -> bool:
    """Whether the client has something to say to this step of the authentication."""
    return struct.unpack("!I", message[5:9])[0] not in {0, 12}


def _message(source: socket.socket) -> tuple[bytes, bytes]:
    kind = _exactly(source, 1)
    return kind, kind + _packet(source)


def _packet(source: socket.socket) -> bytes:
    length = _exactly(source, 4)
    return length + _exactly(source, struct.unpack("!I", length)[0] - 4)


def _exactly(source: socket.socket, count: int) -> bytes:
    parts = b""
    while len(parts) < count:
        part = source.recv(count - len(parts))
        if not part:
            raise EOFError
        parts += part
    return parts
