"""Upgrades with and without each hazard, written as people write them for Alembic."""

from __future__ import annotations

import textwrap

OUTSIDE = "with op.get_context().autocommit_block():\n    "
"""What a statement needs that cannot run in a transaction."""

SQUAWK: dict[str, tuple[str, str]] = {
    "adding-field-with-default": (
        "op.add_column('old', sa.Column('u', sa.Uuid(), server_default=sa.func.gen_random_uuid()))",
        "op.add_column('old', sa.Column('u', sa.Text(), server_default='x'))",
    ),
    "adding-not-nullable-field": (
        "op.alter_column('old', 'c', nullable=False)",
        "op.alter_column('old', 'c', server_default='1')",
    ),
    "adding-required-field": (
        "op.add_column('old', sa.Column('c', sa.Text(), nullable=False))",
        "op.add_column('old', sa.Column('c', sa.Text()))",
    ),
    "adding-serial-primary-key-field": (
        "op.create_primary_key('old_pkey', 'old', ['c'])",
        "op.execute('ALTER TABLE old ADD CONSTRAINT pk PRIMARY KEY USING INDEX ix')",
    ),
    "ban-concurrent-index-creation-in-transaction": (
        "op.create_index('ix', 'old', ['c'], postgresql_concurrently=True)",
        OUTSIDE + "op.create_index('ix', 'old', ['c'], postgresql_concurrently=True)",
    ),
    "ban-drop-database": ("op.execute('DROP DATABASE shop')", "op.execute('DROP VIEW shop')"),
    "ban-duplicate-column-assignments": (
        "op.execute('UPDATE old SET c = 1, c = 2')",
        "op.execute('UPDATE old SET c = 1, d = 2')",
    ),
    "ban-truncate-cascade": (
        "op.execute(sa.text('TRUNCATE old CASCADE'))",
        "op.execute(sa.text('TRUNCATE old'))",
    ),
    "changing-column-type": (
        "op.alter_column('old', 'c', type_=sa.BigInteger())",
        "op.alter_column('old', 'c', comment='a number')",
    ),
    "disallowed-unique-constraint": (
        "op.create_unique_constraint('uq', 'old', ['c'])",
        "op.execute('ALTER TABLE old ADD CONSTRAINT uq UNIQUE USING INDEX ix')",
    ),
    "identifier-too-long": (
        f"op.execute('ALTER TABLE old ADD COLUMN {'c' * 64} text')",
        f"op.execute('ALTER TABLE old ADD COLUMN {'c' * 63} text')",
    ),
    "syntax-error": ("op.execute('ALTER TABL old')", "op.execute('SELECT 1')"),
    "transaction-nesting": ("op.execute('BEGIN')", "op.execute('SELECT 1')"),
    "adding-foreign-key-constraint": (
        "op.create_foreign_key('fk', 'old', 'other', ['c'], ['id'])",
        "op.create_foreign_key('fk', 'old', 'other', ['c'], ['id'], postgresql_not_valid=True)",
    ),
    "ban-alter-domain-with-add-constraint": (
        "op.execute('ALTER DOMAIN d ADD CONSTRAINT positive CHECK (VALUE > 0)')",
        "op.execute('ALTER DOMAIN d SET DEFAULT 1')",
    ),
    "ban-create-domain-with-constraint": (
        "op.execute('CREATE DOMAIN d AS int CHECK (VALUE > 0)')",
        "op.execute('CREATE DOMAIN d AS int')",
    ),
    "ban-drop-column": ("op.drop_column('old', 'c')", "op.execute('SELECT 1')"),
    "ban-drop-constraint": (
        "op.drop_constraint('fk', 'old', type_='foreignkey')",
        "op.execute('ALTER TABLE old VALIDATE CONSTRAINT fk')",
    ),
    "ban-drop-not-null": (
        "op.alter_column('old', 'c', nullable=True)",
        "op.alter_column('old', 'c', server_default=None)",
    ),
    "ban-drop-table": ("op.execute(sa.text('DROP TABLE old'))", "op.execute('DROP VIEW old_view')"),
    "constraint-missing-not-valid": (
        "op.create_check_constraint('ck', 'old', 'c > 0')",
        "op.execute('ALTER TABLE old ADD CONSTRAINT ck CHECK (c > 0) NOT VALID')",
    ),
    "renaming-column": (
        "op.alter_column('old', 'c', new_column_name='d')",
        "op.alter_column('old', 'c', server_default='2')",
    ),
    "renaming-table": ("op.rename_table('old', 'older')", "op.execute('SELECT 1')"),
    "require-concurrent-index-creation": (
        "op.create_index(op.f('ix'), 'old', ['c'], unique=True)",
        OUTSIDE + "op.create_index('ix', 'old', ['c'], postgresql_concurrently=True)",
    ),
    "require-concurrent-index-deletion": (
        "op.drop_index('ix')",
        OUTSIDE + "op.drop_index('ix', postgresql_concurrently=True)",
    ),
    "require-concurrent-partition-detach": (
        "op.execute('ALTER TABLE old DETACH PARTITION part')",
        OUTSIDE + "op.execute('ALTER TABLE old DETACH PARTITION part CONCURRENTLY')",
    ),
    "require-concurrent-reindex": (
        "op.execute('REINDEX INDEX ix')",
        OUTSIDE + "op.execute('REINDEX INDEX CONCURRENTLY ix')",
    ),
    "ban-char-field": (
        "op.add_column('old', sa.Column('c', sa.CHAR(3)))",
        "op.add_column('old', sa.Column('c', sa.Text()))",
    ),
    "prefer-bigint-over-int": (
        "op.add_column('old', sa.Column('c', sa.Integer()))",
        "op.add_column('old', sa.Column('c', sa.BigInteger()))",
    ),
    "prefer-bigint-over-smallint": (
        "op.add_column('old', sa.Column('c', sa.SmallInteger()))",
        "op.add_column('old', sa.Column('c', sa.BigInteger()))",
    ),
    "prefer-identity": (
        "op.create_table('made', sa.Column('id', sa.BigInteger(), primary_key=True))",
        "op.create_table('made', sa.Column('id', sa.BigInteger(), sa.Identity()))",
    ),
    "prefer-robust-stmts": (
        OUTSIDE + "op.create_index('ix', 'old', ['c'], postgresql_concurrently=True)",
        OUTSIDE + "op.create_index('ix', 'old', ['c'], if_not_exists=True,"
        " postgresql_concurrently=True)",
    ),
    "prefer-text-field": (
        "op.add_column('old', sa.Column('c', sa.String(10)))",
        "op.add_column('old', sa.Column('c', sa.Text()))",
    ),
    "prefer-timestamp-tz": (
        "op.add_column('old', sa.Column('c', sa.DateTime()))",
        "op.add_column('old', sa.Column('c', sa.DateTime(timezone=True)))",
    ),
    "require-enum-value-ordering": (
        "op.execute(\"ALTER TYPE kind ADD VALUE 'new'\")",
        "op.execute(\"ALTER TYPE kind ADD VALUE 'new' AFTER 'last'\")",
    ),
    "require-lock-timeout": (
        "op.drop_column('old', 'c')",
        "op.execute(\"SET lock_timeout = '1s'\"); op.drop_column('old', 'c')",
    ),
    "require-statement-timeout": (
        "op.drop_column('old', 'c')",
        "op.execute(\"SET statement_timeout = '1s'\"); op.drop_column('old', 'c')",
    ),
    "require-table-schema": (
        "op.drop_column('old', 'c')",
        "op.drop_column('old', 'c', schema='shop')",
    ),
}
"""By squawk's rule, an upgrade that breaks it and one that does not."""

RANDOM = "sa.Column('c', sa.Text(), server_default=str(uuid.uuid4()))"
MADE = "op.create_table('made', sa.Column('k', sa.Enum('a', name='made_kind')))"
ENUM = "op.execute(\"ALTER TYPE kind ADD VALUE 'late'\")"
OWN: dict[str, tuple[str, str]] = {
    "enum-value-used": (
        f"{ENUM}\nop.execute(\"UPDATE old SET kind = 'late'\")",
        f"{OUTSIDE}{ENUM}\nop.execute(\"UPDATE old SET kind = 'late'\")",
    ),
    "autocommit-backfill": (
        OUTSIDE + "op.execute('UPDATE old SET c = c + 1')",
        OUTSIDE + "op.execute('INSERT INTO old VALUES (1) ON CONFLICT DO NOTHING')",
    ),
    "unbatched-write": (
        "op.execute(sa.text('DELETE FROM old WHERE c IS NULL'))",
        "op.create_table('made', sa.Column('c', sa.Text()))\nop.execute('UPDATE made SET c = 1')",
    ),
    "enum-value-stays": (ENUM, "op.execute(\"CREATE TYPE other AS ENUM ('a')\")"),
    "model-import": ("from shop.models import Order", "import sqlalchemy.orm"),
    "computed-default": (
        f"import uuid\nop.add_column('old', {RANDOM})",
        "op.add_column('old', sa.Column('c', sa.DateTime(), server_default=sa.func.now()))",
    ),
    "unnamed-constraint": (
        "op.create_unique_constraint(None, 'old', ['c'])",
        "op.create_unique_constraint('uq', 'old', ['c'])",
    ),
}
"""The same for our own rules, as far as one upgrade shows them."""

PAIRS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "downgrade-forgets": (
        (
            MADE,
            "op.drop_table('made')",
        ),
        (
            f"{MADE}\nop.create_index('ix_made', 'made', ['k'])",
            "op.drop_table('made')\nop.execute('DROP TYPE made_kind')",
        ),
    ),
    "drop-and-add": (
        (
            "op.drop_column('old', 'c')\nop.add_column('old', sa.Column('d', sa.String(9)))",
            "op.drop_column('old', 'd')\nop.add_column('old', sa.Column('c', sa.String(9)))",
        ),
        (
            "op.drop_column('old', 'c')\nop.add_column('old', sa.Column('d', sa.Text()))",
            "op.drop_column('old', 'd')\nop.add_column('old', sa.Column('c', sa.String(9)))",
        ),
    ),
}
"""Upgrade and downgrade that show a hazard together, and a pair that does not."""


def script(id_: str, parent: str | None, up: str, down: str = "pass") -> str:
    """A revision file with these bodies."""
    return (
        f'"""{id_}"""\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f"revision = {id_!r}\ndown_revision = {parent!r}\n\n\n"
        f"def upgrade():\n{textwrap.indent(up, '    ')}\n\n\n"
        f"def downgrade():\n{textwrap.indent(down, '    ')}\n"
    )
