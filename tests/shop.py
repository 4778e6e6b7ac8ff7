"""The project that the documentation shows: a small shop with branches, on PostgreSQL.

Ids, dates, authors and commits are the same every time.

    main      customers > orders > { statuses, addresses } > a merge > emails
    invoices  invoices, written on the merge while main went on to emails
    bumped    the same, its down_revision changed by hand to emails
    points    points, written on emails
    tidy      three revisions on emails, with hazards
    phones    main, with a column in the models that no revision makes
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

from tests.repositories import Repository

KNOWN = {
    "customers": "1c5a90e4d7b2",
    "orders": "2f83b6c01ae9",
    "statuses": "3d97e15f4c08",
    "addresses": "4ab20d68f913",
    "merge": "5e61c8a37d40",
    "emails": "6b09f47de2a5",
    "invoices": "7f4d12b8c6e3",
    "points": "8c3e6a905b71",
    "nicknames": "9d05b7e2f164",
    "totals": "a71c8f3e0d92",
    "places": "b84e2d6a19c7",
}
"""The ids of the revisions."""

_INI = """\
[alembic]
script_location = %(here)s/migrations
prepend_sys_path = .
sqlalchemy.url = postgresql+psycopg2://
"""
_ENV = """\
from alembic import context
from sqlalchemy import create_engine, pool

from shop.models import Base

url = context.config.get_main_option("sqlalchemy.url")
if context.is_offline_mode():
    context.configure(url=url, literal_binds=True, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url, poolclass=pool.NullPool).connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()
"""
_MODELS = """\
from sqlalchemy import Column, ForeignKey, Integer, Numeric, Text
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Customer(Base):
    __tablename__ = "customer"
    id = Column(Integer, primary_key=True)
    name = Column(Text, nullable=False)
    nickname = Column(Text)
    email = Column(Text)


class Address(Base):
    __tablename__ = "address"
    id = Column(Integer, primary_key=True)
    customer_id = Column(ForeignKey("customer.id"), nullable=False)
    street = Column(Text, nullable=False)


class Order(Base):
    __tablename__ = "purchase"
    id = Column(Integer, primary_key=True)
    customer_id = Column(ForeignKey("customer.id"), nullable=False)
    total = Column(Numeric, nullable=False)
    status = Column(Text, nullable=False, server_default="open")
"""
_SCRIPT = '''\
"""{message}

Revision ID: {id}
Revises: {revises}
Create Date: {created}

"""

{imports}

revision = {id!r}
down_revision = {parents!r}
branch_labels = None
depends_on = None


def upgrade():
{up}


def downgrade():
{down}
'''


@dataclass(frozen=True)
class _Revision:
    name: str
    message: str
    parents: tuple[str, ...]
    created: str
    up: str
    down: str


_REVISIONS = (
    _Revision(
        "customers",
        "customers",
        (),
        "2026-01-12 09:30:00",
        'op.create_table(\n    "customer",\n'
        '    sa.Column("id", sa.Integer, primary_key=True),\n'
        '    sa.Column("name", sa.Text, nullable=False),\n'
        '    sa.Column("nickname", sa.Text),\n)',
        'op.drop_table("customer")',
    ),
    _Revision(
        "orders",
        "orders",
        ("customers",),
        "2026-01-20 14:05:00",
        'op.create_table(\n    "purchase",\n'
        '    sa.Column("id", sa.Integer, primary_key=True),\n'
        '    sa.Column("customer_id", sa.Integer, sa.ForeignKey("customer.id"), nullable=False),\n'
        '    sa.Column("total", sa.Numeric, nullable=False),\n)',
        'op.drop_table("purchase")',
    ),
    _Revision(
        "statuses",
        "status of an order",
        ("orders",),
        "2026-02-03 10:12:00",
        'op.add_column(\n    "purchase",\n'
        '    sa.Column("status", sa.Text, nullable=False, server_default="open"),\n)',
        'op.drop_column("purchase", "status")',
    ),
    _Revision(
        "addresses",
        "addresses",
        ("orders",),
        "2026-02-05 16:40:00",
        'op.create_table(\n    "address",\n'
        '    sa.Column("id", sa.Integer, primary_key=True),\n'
        '    sa.Column("customer_id", sa.Integer, sa.ForeignKey("customer.id"), nullable=False),\n'
        '    sa.Column("street", sa.Text, nullable=False),\n)',
        'op.drop_table("address")',
    ),
    _Revision(
        "merge",
        "merge status and addresses",
        ("statuses", "addresses"),
        "2026-02-06 11:00:00",
        "pass",
        "pass",
    ),
    _Revision(
        "emails",
        "email of a customer",
        ("merge",),
        "2026-03-02 13:20:00",
        'op.add_column("customer", sa.Column("email", sa.Text))',
        'op.drop_column("customer", "email")',
    ),
    _Revision(
        "invoices",
        "invoices",
        ("merge",),
        "2026-03-01 17:45:00",
        'op.create_table(\n    "invoice",\n'
        '    sa.Column("id", sa.Integer, primary_key=True),\n'
        '    sa.Column("purchase_id", sa.Integer, sa.ForeignKey("purchase.id")),\n)',
        'op.drop_table("invoice")',
    ),
    _Revision(
        "points",
        "points for loyal customers",
        ("emails",),
        "2026-03-10 09:00:00",
        'op.add_column(\n    "customer",\n'
        '    sa.Column("points", sa.Integer, nullable=False, server_default="0"),\n)',
        'op.drop_column("customer", "points")',
    ),
    _Revision(
        "nicknames",
        "drop nicknames",
        ("emails",),
        "2026-03-11 15:30:00",
        'op.drop_column("customer", "nickname")',
        'op.add_column("customer", sa.Column("nickname", sa.Text))',
    ),
    _Revision(
        "totals",
        "totals in cents",
        ("nicknames",),
        "2026-03-11 16:00:00",
        'op.alter_column("purchase", "total", type_=sa.BigInteger)',
        'op.alter_column("purchase", "total", type_=sa.Numeric)',
    ),
    _Revision(
        "places",
        "orders by customer",
        ("totals",),
        "2026-03-12 10:10:00",
        'op.create_index("ix_purchase_customer", "purchase", ["customer_id"])',
        'op.drop_index("ix_purchase_customer")',
    ),
)
_BY_NAME = {one.name: one for one in _REVISIONS}
ROWS = """
INSERT INTO customer (name, nickname, email)
SELECT 'Customer ' || n, 'c' || n, 'c' || n || '@example.com' FROM generate_series(1, 1200) n;
INSERT INTO address (customer_id, street) SELECT id, id || ' Main Street' FROM customer;
INSERT INTO purchase (customer_id, total)
SELECT 1 + n % 1200, n % 90 + 0.5 FROM generate_series(1, 24000) n;
ANALYZE
"""
"""What is in the database at the head of main."""


def make_shop(folder: Path) -> Repository:
    """A clone in `folder` of a repository beside it; the branch main is out."""
    origin = Repository(folder.with_name(f"{folder.name}-origin"))
    origin.folder.mkdir(parents=True)
    origin.git("init", "-q", "-b", "main")
    for path, text in _files().items():
        (origin.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (origin.folder / path).write_text(text, encoding="utf-8")
    origin.commit("Begin", date="2026-01-12T09:00:00Z")
    for name in ("customers", "orders", "statuses", "addresses", "merge"):
        _add(origin, name)
    _branch(origin, "invoices", "main", "invoices")
    _add(origin, "emails")
    _bump(origin)
    _branch(origin, "points", "main", "points")
    _branch(origin, "tidy", "main", "nicknames", "totals", "places")
    _phones(origin)
    Repository(folder.parent).git("clone", "-q", str(origin.folder), str(folder))
    return Repository(folder)


def _files() -> dict[str, str]:
    template = Path(__file__).with_name("script.py.mako").read_text(encoding="utf-8")
    return {
        "alembic.ini": _INI,
        "migrations/env.py": _ENV,
        "migrations/script.py.mako": template,
        "shop/__init__.py": "",
        "shop/models.py": _MODELS,
        ".gitignore": "__pycache__/\n",
        ".fides.toml": '[fidesdev]\nupstream = "origin/main"\n',
    }


def _branch(origin: Repository, branch: str, start: str, *names: str) -> None:
    origin.git("switch", "-q", "-c", branch, start)
    for name in names:
        _add(origin, name)
    origin.git("switch", "-q", "main")


def _bump(origin: Repository) -> None:
    """What a developer does whose branch is behind: main, with the revision on its head."""
    origin.git("switch", "-q", "-c", "bumped", "main")
    moved = replace(_BY_NAME["invoices"], parents=("emails",))
    _write(origin, moved)
    origin.commit("Bump down_revision of invoices", date="2026-03-04T08:30:00Z")
    origin.git("switch", "-q", "main")


def _phones(origin: Repository) -> None:
    origin.git("switch", "-q", "-c", "phones", "main")
    models = origin.folder / "shop/models.py"
    column = "    email = Column(Text)\n"
    changed = models.read_text(encoding="utf-8").replace(
        column, f"{column}    phone = Column(Text)\n"
    )
    models.write_text(changed, encoding="utf-8")
    origin.commit("Give customers a phone", date="2026-03-12T12:00:00Z")
    origin.git("switch", "-q", "main")


def _add(origin: Repository, name: str) -> None:
    """Write a revision and commit it at the minute at which it was made."""
    one = _BY_NAME[name]
    _write(origin, one)
    origin.commit(f"Add {one.message}", date=f"{one.created.replace(' ', 'T')}Z")


def _write(origin: Repository, one: _Revision) -> None:
    name = f"{KNOWN[one.name]}_{one.message.replace(' ', '_')}.py"
    path = origin.folder / "migrations/versions" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_script(one), encoding="utf-8")


def _script(one: _Revision) -> str:
    parents = tuple(KNOWN[name] for name in one.parents)
    uses = [
        line
        for line, word in (("import sqlalchemy as sa", "sa."), ("from alembic import op", "op."))
        if word in one.up + one.down
    ]
    return _SCRIPT.format(
        message=one.message,
        id=KNOWN[one.name],
        revises=", ".join(parents),
        created=one.created,
        imports="\n".join(uses),
        parents=parents[0] if len(parents) == 1 else parents or None,
        up=textwrap.indent(one.up, "    "),
        down=textwrap.indent(one.down, "    "),
    )
