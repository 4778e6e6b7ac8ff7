"""Upgrades with and without each hazard, written as people write them for Alembic."""

from __future__ import annotations

import textwrap

OUTSIDE = "with op.get_context().autocommit_block():\n    "
"""What a statement needs that cannot run in a transaction."""
DEFAULTED = "op.add_column('old', sa.Column('c', sa.Text(), server_default=''))"
TOTAL = "op.execute('CREATE FUNCTION total(n int) RETURNS int AS $$ SELECT n; $$ LANGUAGE sql')"
REMADE = (
    "op.execute('ALTER TYPE kind RENAME TO kind_old')\n"
    "op.execute(\"CREATE TYPE kind AS ENUM ('a')\")"
)
"""How a value is taken out of an enum."""

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
    "ban-alter-identity": (
        "op.execute('ALTER TABLE old ALTER COLUMN c DROP IDENTITY')",
        "op.add_column('old', sa.Column('c', sa.BigInteger(), sa.Identity()))",
    ),
    "ban-drop-default": (
        "op.alter_column('old', 'c', server_default=None)",
        f"{DEFAULTED}\nop.alter_column('old', 'c', server_default=None)",
    ),
    "ban-drop-trigger": (
        "op.execute('DROP TRIGGER stamp ON old')",
        "op.execute('CREATE TRIGGER stamp BEFORE UPDATE ON old EXECUTE FUNCTION stamp()')",
    ),
    "ban-drop-domain": ("op.execute('DROP DOMAIN d')", "op.execute('CREATE DOMAIN d AS text')"),
    "ban-drop-extension": (
        "op.execute('DROP EXTENSION IF EXISTS pg_trgm')",
        "op.execute('CREATE EXTENSION IF NOT EXISTS pg_trgm')",
    ),
    "ban-drop-function": (
        "op.execute('DROP FUNCTION total(int)')",
        f"op.execute('DROP FUNCTION total(int)')\n{TOTAL}",
    ),
    "ban-drop-generated-expression": (
        "op.execute('ALTER TABLE old ALTER COLUMN c DROP EXPRESSION')",
        "op.alter_column('old', 'c', server_default=None)",
    ),
    "ban-drop-schema": ("op.execute(sa.schema.DropSchema('s'))", "op.execute('CREATE SCHEMA s')"),
    "ban-drop-sequence": (
        "op.execute(sa.schema.DropSequence(sa.Sequence('numbers')))",
        "op.execute(sa.schema.CreateSequence(sa.Sequence('numbers')))",
    ),
    "ban-drop-type": (
        "sa.Enum(name='kind').drop(op.get_bind(), checkfirst=False)",
        f"{REMADE}\nop.execute('DROP TYPE kind_old')",
    ),
    "ban-drop-view": (
        "op.execute('DROP VIEW old_view')",
        "op.execute('DROP VIEW old_view'); op.execute('CREATE VIEW old_view AS SELECT 1')",
    ),
    "ban-set-schema": (
        "op.execute('ALTER TABLE old SET SCHEMA shop')",
        "op.execute('ALTER TABLE old SET (fillfactor = 70)')",
    ),
    "renaming-object": (
        "op.execute('ALTER TYPE kind RENAME TO sort')",
        REMADE,
    ),
    "ban-add-column": (
        "op.add_column('old', sa.Column('c', sa.Text()))",
        "op.drop_column('old', 'c')",
    ),
    "ban-add-composite-attribute": (
        "op.execute('ALTER TYPE pair ADD ATTRIBUTE third int')",
        "op.execute('CREATE TYPE triple AS (a int, b int, c int)')",
    ),
    "ban-add-enum-value": (
        "op.execute(\"ALTER TYPE kind ADD VALUE 'late'\")",
        "op.execute(\"CREATE TYPE kind AS ENUM ('late')\")",
    ),
    "ban-alter-database-options": (
        "op.execute(\"ALTER DATABASE shop SET work_mem = '9MB'\")",
        "op.execute(\"SET LOCAL work_mem = '9MB'\")",
    ),
    "ban-alter-extension": (
        "op.execute('ALTER EXTENSION pg_trgm UPDATE')",
        "op.execute('CREATE EXTENSION pg_trgm')",
    ),
    "ban-alter-function-options": (
        "op.execute('ALTER FUNCTION total(int) STRICT')",
        "op.execute('ALTER FUNCTION total(int) OWNER TO shop')",
    ),
    "ban-alter-generated-expression": (
        "op.execute('ALTER TABLE old ALTER COLUMN c SET EXPRESSION AS (d + 1)')",
        "op.alter_column('old', 'c', server_default='1')",
    ),
    "ban-alter-policy-condition": (
        "op.execute('ALTER POLICY mine ON old USING (true)')",
        "op.execute('ALTER POLICY mine ON old RENAME TO yours')",
    ),
    "ban-alter-policy-roles": (
        "op.execute('ALTER POLICY mine ON old TO clerk')",
        "op.execute('ALTER POLICY mine ON old USING (true)')",
    ),
    "ban-alter-role-options": (
        "op.execute('ALTER ROLE clerk NOLOGIN')",
        "op.execute('CREATE ROLE clerk NOLOGIN')",
    ),
    "ban-alter-row-level-security": (
        "op.execute('ALTER TABLE old ENABLE ROW LEVEL SECURITY')",
        "op.execute('ALTER TABLE old SET (fillfactor = 70)')",
    ),
    "ban-alter-sequence-values": (
        "op.execute('ALTER SEQUENCE numbers RESTART WITH 100')",
        "op.execute('ALTER SEQUENCE numbers OWNED BY old.c')",
    ),
    "ban-alter-system-options": (
        "op.execute(\"ALTER SYSTEM SET work_mem = '9MB'\")",
        "op.execute(\"SET work_mem = '9MB'\")",
    ),
    "ban-alter-view-options": (
        "op.execute('ALTER VIEW old_view SET (security_barrier)')",
        "op.execute('ALTER VIEW old_view OWNER TO shop')",
    ),
    "ban-create-policy": (
        "op.execute('CREATE POLICY mine ON old USING (true)')",
        "op.execute('GRANT SELECT ON old TO clerk')",
    ),
    "ban-detach-inheritance": (
        "op.execute('ALTER TABLE old NO INHERIT older')",
        "op.execute('ALTER TABLE old INHERIT older')",
    ),
    "ban-disable-trigger": (
        "op.execute('ALTER TABLE old DISABLE TRIGGER stamp')",
        "op.execute('ALTER TABLE old SET (fillfactor = 70)')",
    ),
    "ban-drop-index": ("op.drop_index('ix', 'old')", "op.create_index('ix', 'old', ['c'])"),
    "ban-drop-policy": (
        "op.execute('DROP POLICY mine ON old')",
        "op.execute('CREATE POLICY mine ON old USING (true)')",
    ),
    "ban-new-write-restriction": (
        "op.create_check_constraint('ck', 'old', 'c > 0', postgresql_not_valid=True)",
        "op.execute('ALTER TABLE old VALIDATE CONSTRAINT ck')",
    ),
    "ban-replace-view-function": (
        "op.execute('CREATE OR REPLACE VIEW old_view AS SELECT 1')",
        "op.execute('CREATE VIEW old_view AS SELECT 1')",
    ),
    "ban-replica-identity": (
        "op.execute('ALTER TABLE old REPLICA IDENTITY FULL')",
        "op.execute('ALTER TABLE old SET (fillfactor = 70)')",
    ),
    "ban-revoke": (
        "op.execute('REVOKE SELECT ON old FROM clerk')",
        "op.execute('GRANT SELECT ON old TO clerk')",
    ),
    "ban-set-default": (
        "op.alter_column('old', 'c', server_default='1')",
        "op.alter_column('old', 'c', server_default=None)",
    ),
    "prefer-repack": (
        OUTSIDE + "op.execute('VACUUM FULL old')",
        OUTSIDE + "op.execute('VACUUM old')",
    ),
    "unused-ignore": (
        "op.execute('-- squawk-ignore ban-drop-colum\\nALTER TABLE old DROP COLUMN c')",
        "op.execute('-- squawk-ignore ban-drop-column\\nALTER TABLE old DROP COLUMN c')",
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
