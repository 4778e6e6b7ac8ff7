"""users and clients

Revision ID: ac0c8fa8aaf2
Revises:
Create Date: 2026-11-22 18:46:04
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "ac0c8fa8aaf2"
down_revision = None
branch_labels = None
depends_on = None

# The extension may have been in the database before, and other tables may use it by the time of a
# downgrade. The mark tells the extension that this revision made from one that it found.
CREATE_CITEXT = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'citext') THEN
        CREATE EXTENSION citext;
        COMMENT ON EXTENSION citext IS 'text without case; created by fidesdev ac0c8fa8aaf2';
    END IF;
END
$$
"""
DROP_CITEXT = """
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_extension
        WHERE extname = 'citext'
        AND obj_description(oid, 'pg_extension') LIKE '% created by fidesdev ac0c8fa8aaf2'
    ) THEN
        DROP EXTENSION citext;
    END IF;
EXCEPTION WHEN dependent_objects_still_exist THEN
    RAISE NOTICE 'extension citext stays: other tables use it';
END
$$
"""


def upgrade() -> None:
    op.execute(CREATE_CITEXT)
    op.execute("CREATE TYPE disabledreason AS ENUM ('pending_invite')")
    op.create_table(
        "fidesuser",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("username", postgresql.CITEXT),
        sa.Column("hashed_password", sa.String),
        sa.Column("salt", sa.String),
        sa.Column("last_login_at", sa.DateTime(timezone=True)),
        sa.Column("password_reset_at", sa.DateTime(timezone=True)),
        sa.Column("first_name", sa.String),
        sa.Column("last_name", sa.String),
        sa.Column("email_address", postgresql.CITEXT),
        sa.Column("disabled", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column("disabled_reason", postgresql.ENUM(name="disabledreason", create_type=False)),
        sa.Column("password_login_enabled", sa.Boolean),
        sa.Column("totp_secret", sa.String),
        sa.Column("email_verified_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="fidesuser_pkey"),
        sa.UniqueConstraint("email_address", name="fidesuser_email_address"),
    )
    op.create_index("ix_fidesuser_id", "fidesuser", ["id"])
    op.create_index("ix_fidesuser_username", "fidesuser", ["username"], unique=True)

    nothing = sa.text("'{}'")
    op.create_table(
        "client",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("hashed_secret", sa.String, nullable=False),
        sa.Column("salt", sa.String, nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.String), server_default=nothing, nullable=False),
        sa.Column("fides_key", sa.String),
        sa.Column("user_id", sa.String),
        sa.Column("roles", sa.ARRAY(sa.String), server_default=nothing, nullable=False),
        sa.Column("systems", sa.ARRAY(sa.String), server_default=nothing, nullable=False),
        sa.Column("connections", sa.ARRAY(sa.String), server_default=nothing, nullable=False),
        sa.Column("monitors", sa.ARRAY(sa.String), server_default=nothing, nullable=False),
        sa.Column("name", sa.String),
        sa.Column("description", sa.String),
        sa.PrimaryKeyConstraint("id", name="client_pkey"),
        sa.UniqueConstraint("user_id", name="client_user_id_key"),
        sa.ForeignKeyConstraint(["user_id"], ["fidesuser.id"], name="client_user_id_fkey"),
    )
    op.create_index("ix_client_id", "client", ["id"])
    op.create_index("ix_client_fides_key", "client", ["fides_key"], unique=True)


def downgrade() -> None:
    op.drop_table("client")
    op.drop_table("fidesuser")
    op.execute("DROP TYPE disabledreason")
    op.execute(DROP_CITEXT)
