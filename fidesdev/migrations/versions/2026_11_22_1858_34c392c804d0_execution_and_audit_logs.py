"""execution and audit logs

Revision ID: 34c392c804d0
Revises: 8d926ee6b558
Create Date: 2026-11-22 18:58:50
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "34c392c804d0"
down_revision = "8d926ee6b558"
branch_labels = None
depends_on = None

CREATE_STATUS = """
CREATE TYPE executionlogstatus AS ENUM (
    'in_processing', 'pending', 'complete', 'error', 'retrying', 'paused', 'skipped', 'polling'
)
"""
CREATE_ACTION = """
CREATE TYPE auditlogaction AS ENUM (
    'approved', 'denied', 'finished', 'email_sent', 'policy_evaluated',
    'pre_approval_webhook_triggered', 'pre_approval_eligible', 'pre_approval_not_eligible'
)
"""
INDEXED = {
    "executionlog": (
        "id",
        "action_type",
        "collection_name",
        "connection_key",
        "dataset_name",
        "privacy_request_id",
        "status",
    ),
    "auditlog": ("id", "action", "privacy_request_id", "user_id", "webhook_id"),
}


def upgrade() -> None:
    op.execute(CREATE_STATUS)
    # clock_timestamp() and not now(): steps that one transaction logs keep their order
    clock = sa.func.clock_timestamp()
    op.create_table(
        "executionlog",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=clock),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=clock),
        sa.Column("dataset_name", sa.String),
        sa.Column("collection_name", sa.String),
        sa.Column("fields_affected", postgresql.JSONB),
        sa.Column("message", sa.String),
        sa.Column(
            "action_type", postgresql.ENUM(name="actiontype", create_type=False), nullable=False
        ),
        sa.Column(
            "status", postgresql.ENUM(name="executionlogstatus", create_type=False), nullable=False
        ),
        sa.Column("privacy_request_id", sa.String, nullable=False),
        sa.Column("connection_key", sa.String),
        sa.Column("saas_version", sa.String),
        sa.PrimaryKeyConstraint("id", name="executionlog_pkey"),
    )
    op.execute(CREATE_ACTION)
    op.create_table(
        "auditlog",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("user_id", sa.String),
        sa.Column("privacy_request_id", sa.String),
        sa.Column(
            "action", postgresql.ENUM(name="auditlogaction", create_type=False), nullable=False
        ),
        sa.Column("message", sa.String),
        sa.Column("webhook_id", sa.String),
        sa.PrimaryKeyConstraint("id", name="auditlog_pkey"),
    )
    for table, columns in INDEXED.items():
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    op.drop_table("auditlog")
    op.execute("DROP TYPE auditlogaction")
    op.drop_table("executionlog")
    op.execute("DROP TYPE executionlogstatus")
