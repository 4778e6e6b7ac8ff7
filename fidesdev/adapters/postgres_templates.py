"""Templates in a PostgreSQL server: databases that nobody may connect to, and copies made ahead.

A template is complete once its comment is a label. A spare copy is complete as soon as it is
there, because CREATE DATABASE is all or nothing; who takes one renames it, and thereby alone.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any

from fidesdev.adapters.database_attributes import identifier, statements
from fidesdev.adapters.database_copies import (
    comment,
    copy_database,
    creation,
    drop,
    dropping,
    read_attributes,
)
from fidesdev.adapters.server_statements import Server, run_together
from fidesdev.adapters.template_locks import locked, try_lock, unlock
from fidesdev.adapters.unattended import leave_running
from fidesdev.core.templates import Label, stale
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import FidesdevError

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

Extension = tuple[str, str, str]
"""Name, version and schema."""

_TEMPLATE, _SPARE = "fidesdev_template_{}", "fidesdev_spare_{}_{}"
_NAME = re.compile(r"fidesdev_(template|spare)_([0-9a-f]{16})(?:_(\d+))?")
_MODEL = """
SELECT to_jsonb(d) || jsonb_build_object(
    'encoding', pg_encoding_to_char(d.encoding),
    'tablespace', (SELECT spcname FROM pg_tablespace WHERE oid = d.dattablespace),
    'role', current_user)
FROM pg_database d WHERE datname = %s
"""
_LOCALE = ("encoding", "datcollate", "datctype", "datlocprovider", "daticulocale", "datlocale")
_FACTS = ("role", "tablespace", "daticurules", *_LOCALE)
_PROVIDERS = {"i": "icu", "b": "builtin"}
_COMING = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE %s
               AND pid <> pg_backend_pid())
"""
_PAUSE = 0.02
_EXTENSIONS = """
SELECT extname, extversion, nspname FROM pg_extension
JOIN pg_namespace n ON n.oid = extnamespace WHERE extname <> 'plpgsql' ORDER BY extname
"""
_OURS = r"""
SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database
WHERE datname ~ '^fidesdev_(template|spare)_[0-9a-f]{16}(_\d+)?$' ORDER BY datname
"""


class PostgresTemplates:
    """The templates of a server for databases such as one that it has, or may have."""

    def __init__(self, server: Server, extensions: Iterable[Extension] = ()) -> None:
        """`extensions` are there before any migration runs."""
        self._server, self._extensions = server, tuple(extensions)
        self.attributes = read_attributes(server, server.url.database)
        """What belongs to the database and not to its contents; None where there is none."""

    def facts(self) -> dict[str, Any]:
        """What of the server and the database decides how a template turns out."""
        settings = self.attributes.settings if self.attributes else ()
        return {
            "version": self._server.connection.server_version,
            "extensions": self._extensions,
            "settings": settings,
            **{key: self._model.get(key) for key in _FACTS},
        }

    def has(self, fingerprint: str) -> bool:
        """Whether the template is there, whole."""
        return fingerprint in self._labels()

    @contextmanager
    def build(
        self, fingerprint: str, label: Label, *, patience: float, base: str | None = None
    ) -> Iterator[DatabaseUrl | None]:
        """A new database to fill, which becomes the template when the block ends well.

        It is empty, or a copy of the template `base`. None where another run made the template
        in the meantime. Raises `TemplateBusy` where one makes it for longer than `patience`.
        """
        name = _TEMPLATE.format(fingerprint)
        with locked(self._server, name, patience=patience):
            if self.has(fingerprint):
                yield None
                return
            self.remove(fingerprint)
            try:
                self._create(name, base)
                yield self._server.url.with_database(name)
                self._close(name, label)
            except BaseException:
                with suppress(FidesdevError):  # the failure is what is told
                    self.remove(fingerprint)
                raise

    def take(self, fingerprint: str, name: str) -> bool:
        """Make a copy of the template under the name; whether one was made ahead, or nearly so."""
        while not self._renamed_spare(fingerprint, name):
            if not self._is_coming(fingerprint):
                copy_database(self._server, _TEMPLATE.format(fingerprint), name)
                return False
            time.sleep(_PAUSE)
        return True

    def open(self, name: str) -> None:
        """Let a copy be connected to."""
        from psycopg2.sql import SQL

        text = SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true")
        self._server.run(text.format(identifier(name)))

    def drop_unattended(self, name: str) -> None:
        """Have the server drop a copy in its own time."""
        leave_running(self._maintenance, dropping(self._server, name))

    def refill(self, fingerprint: str, spares: int) -> None:
        """Have the server make the spare copies that are missing; nobody waits for them."""
        present = self._spares(fingerprint)
        free = (name for n in count(1) if (name := _SPARE.format(fingerprint, n)) not in present)
        for _missing in range(spares - len(present)):
            statement = creation(self._server, _TEMPLATE.format(fingerprint), next(free))
            leave_running(self._maintenance, statement)

    def note_use(self, fingerprint: str) -> None:
        """Remember, once a day, that the template is in use."""
        label, now = self._labels()[fingerprint], datetime.now(UTC)
        if label.used.date() != now.date():
            text = str(replace(label, used=now))
            self._server.run(comment(_TEMPLATE.format(fingerprint), text))

    def prune(self, project: str, current: str) -> None:
        """Drop what the project has not used for long, and whatever no run makes any more."""
        labels = self._labels()
        for fingerprint in stale(labels, project, current):
            with suppress(FidesdevError):  # it is another role's, or being copied
                self.remove(fingerprint)
        for fingerprint in {fingerprint for _name, fingerprint in self._ours()} - labels.keys():
            with suppress(FidesdevError):
                self._remove_orphan(fingerprint)

    def remove(self, fingerprint: str) -> None:
        """Drop the template, whole or not, and its spare copies."""
        for name, of in self._ours():
            if of == fingerprint:
                drop(self._server, name)

    @cached_property
    def _model(self) -> dict[str, Any]:
        """The row of the database, or of the one that a new database is copied from."""
        names = (self._server.url.database, "template1")
        return next(model for name in names if (model := self._row(name)))

    @property
    def _maintenance(self) -> DatabaseUrl:
        return self._server.url.with_database(self._server.connection.info.dbname)

    def _row(self, database: str) -> dict[str, Any]:
        rows = self._server.rows(_MODEL, (database,))
        return dict(rows[0][0]) if rows else {}

    def _rows(self) -> list[tuple[str, str, str | None]]:
        found = ((_NAME.fullmatch(name), text) for name, text in self._server.rows(_OURS))
        return [(match[0], match[2], text) for match, text in found if match]

    def _ours(self) -> list[tuple[str, str]]:
        """The templates and spare copies of this server with their fingerprints; copies first."""
        return [(name, fingerprint) for name, fingerprint, _text in self._rows()]

    def _labels(self) -> dict[str, Label]:
        labels = ((fingerprint, Label.read(text)) for _name, fingerprint, text in self._rows())
        return {fingerprint: label for fingerprint, label in labels if label}

    def _spares(self, fingerprint: str) -> list[str]:
        return [name for name, of in self._ours() if of == fingerprint and "_spare_" in name]

    def _remove_orphan(self, fingerprint: str) -> None:
        """Drop a template that no run builds now, nor has built since it was looked at."""
        name = _TEMPLATE.format(fingerprint)
        if try_lock(self._server, name):
            if not self.has(fingerprint):
                self.remove(fingerprint)
            unlock(self._server, name)

    def _renamed_spare(self, fingerprint: str, name: str) -> bool:
        """Whether there was a spare copy, which has the name now."""
        from psycopg2.sql import SQL

        rename = SQL("ALTER DATABASE {} RENAME TO {}")
        for spare in self._spares(fingerprint):
            with suppress(FidesdevError):  # another run was faster
                self._server.run(rename.format(identifier(spare), identifier(name)))
                return True
        return False

    def _is_coming(self, fingerprint: str) -> bool:
        """Whether the server is at making a spare copy, which a second one would slow down."""
        ((coming,),) = self._server.rows(_COMING, (f"CREATE DATABASE%_spare_{fingerprint}_%",))
        return bool(coming)

    def _create(self, name: str, base: str | None) -> None:

        if base is not None:
            copy_database(self._server, _TEMPLATE.format(base), name)
            self.open(name)
        else:
            self._server.run(self._creation(name))
        if self.attributes:
            own = replace(self.attributes, owner=self._model["role"], privileges=None)
            run_together(self._server, statements(own, name))
        if base is None and self._extensions:
            self._install(name)

    def _creation(self, name: str) -> Any:
        """`CREATE DATABASE` with locale, encoding and tablespace of the model."""
        from psycopg2.sql import SQL, Literal

        model, usual = self._model, self._row("template1")
        text = SQL("CREATE DATABASE {}").format(identifier(name))
        if model["tablespace"] != usual.get("tablespace"):  # to name one takes a privilege
            text += SQL(" TABLESPACE {}").format(identifier(model["tablespace"]))
        if all(model.get(key) == usual.get(key) for key in (*_LOCALE, "daticurules")):
            return text
        options = {
            "ENCODING": model["encoding"],
            "LC_COLLATE": model["datcollate"],
            "LC_CTYPE": model["datctype"],
        }
        if provider := _PROVIDERS.get(model.get("datlocprovider") or ""):
            locale = model.get("datlocale") or model.get("daticulocale")
            options |= {"LOCALE_PROVIDER": provider, f"{provider.upper()}_LOCALE": locale}
            if rules := model.get("daticurules"):
                options["ICU_RULES"] = rules
        given = [SQL(f"{key} {{}}").format(Literal(value)) for key, value in options.items()]
        return SQL(" ").join([text, SQL("TEMPLATE template0"), *given])

    def _install(self, name: str) -> None:
        """Make the extensions that the database has and no migration makes."""
        from contextlib import closing

        from psycopg2.sql import SQL

        from fidesdev.adapters.postgres import connect

        with closing(connect(self._server.url.with_database(name), autocommit=True)) as connection:
            server = Server(self._server.url, connection)
            for extension, _version, schema in self._extensions:
                names = {"schema": identifier(schema), "extension": identifier(extension)}
                text = SQL(
                    "CREATE SCHEMA IF NOT EXISTS {schema};"
                    " CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA {schema} CASCADE"
                )
                server.run(text.format(**names))

    def _close(self, name: str, label: Label) -> None:
        """Let nobody in any more, and say what it is: both or neither."""
        from psycopg2.sql import SQL

        closed = SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(identifier(name))
        run_together(self._server, [closed, comment(name, str(label))])


def installed_extensions(connection: Connection) -> tuple[Extension, ...]:
    """The extensions of the connection's database but for the language that each has."""
    with connection.cursor() as cursor:
        cursor.execute(_EXTENSIONS)
        return tuple(cursor.fetchall())
