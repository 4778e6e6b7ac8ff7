"""policies and rules

Revision ID: 72c2e601cc30
Revises: ac0c8fa8aaf2
Create Date: 2026-11-22 18:49:37
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "72c2e601cc30"
down_revision = "ac0c8fa8aaf2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE TYPE drpaction AS ENUM ('access', 'deletion', 'sale_opt_out', 'sale_opt_in',"
        " 'access_categories', 'access_specific')"
    )
    op.create_table(
        "policy",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("client_id", sa.String),
        sa.Column("drp_action", postgresql.ENUM(name="drpaction", create_type=False)),
        sa.Column("execution_timeframe", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="policy_pkey"),
        sa.UniqueConstraint("name", name="policy_name_key"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="policy_client_id_fkey"),
    )
    op.create_index("ix_policy_id", "policy", ["id"])
    op.create_index("ix_policy_key", "policy", ["key"], unique=True)
    op.create_index("ix_policy_drp_action", "policy", ["drp_action"], unique=True)

    op.execute("CREATE TYPE actiontype AS ENUM ('access', 'consent', 'erasure', 'update')")
    op.create_table(
        "rule",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("policy_id", sa.String, nullable=False),
        sa.Column(
            "action_type", postgresql.ENUM(name="actiontype", create_type=False), nullable=False
        ),
        sa.Column("masking_strategy", sa.String),
        # refers to storageconfig in Fides, a table that is not kept here
        sa.Column("storage_destination_id", sa.String),
        sa.Column("client_id", sa.String),
        sa.PrimaryKeyConstraint("id", name="rule_pkey"),
        sa.UniqueConstraint("name", name="rule_name_key"),
        sa.ForeignKeyConstraint(["policy_id"], ["policy.id"], name="rule_policy_id_fkey"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="rule_client_id_fkey"),
    )
    op.create_index("ix_rule_id", "rule", ["id"])
    op.create_index("ix_rule_key", "rule", ["key"], unique=True)


def downgrade() -> None:
    op.drop_table("rule")
    op.execute("DROP TYPE actiontype")
    op.drop_table("policy")
    op.execute("DROP TYPE drpaction")
