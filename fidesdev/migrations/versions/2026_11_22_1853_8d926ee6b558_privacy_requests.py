"""privacy requests and provided identities

Revision ID: 8d926ee6b558
Revises: 72c2e601cc30
Create Date: 2026-11-22 18:53:12
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "8d926ee6b558"
down_revision = "72c2e601cc30"
branch_labels = None
depends_on = None

CREATE_STATUS = """
CREATE TYPE privacyrequeststatus AS ENUM (
    'in_processing', 'pending', 'complete', 'error', 'paused', 'approved', 'denied', 'canceled',
    'identity_unverified', 'requires_input', 'awaiting_email_send', 'requires_manual_finalization',
    'duplicate', 'pending_external', 'awaiting_pre_approval', 'pre_approval_not_eligible'
)
"""


def upgrade() -> None:
    op.execute(CREATE_STATUS)
    op.create_table(
        "privacyrequest",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("external_id", sa.String),
        sa.Column("started_processing_at", sa.DateTime(timezone=True)),
        sa.Column("finished_processing_at", sa.DateTime(timezone=True)),
        sa.Column("requested_at", sa.DateTime(timezone=True)),
        sa.Column(
            "status",
            postgresql.ENUM(name="privacyrequeststatus", create_type=False),
            nullable=False,
        ),
        sa.Column("client_id", sa.String),
        sa.Column("origin", sa.String),
        sa.Column("policy_id", sa.String),
        sa.Column("reviewed_at", sa.DateTime(timezone=True)),
        sa.Column("reviewed_by", sa.String),
        sa.Column("paused_at", sa.DateTime(timezone=True)),
        sa.Column("cancel_reason", sa.String(200)),
        sa.Column("canceled_at", sa.DateTime(timezone=True)),
        sa.Column("identity_verified_at", sa.DateTime(timezone=True)),
        sa.Column("due_date", sa.DateTime(timezone=True)),
        sa.Column("consent_preferences", postgresql.JSONB),
        sa.Column("awaiting_email_send_at", sa.DateTime(timezone=True)),
        sa.Column("custom_privacy_request_fields_approved_by", sa.String),
        sa.Column("custom_privacy_request_fields_approved_at", sa.DateTime(timezone=True)),
        sa.Column("filtered_final_upload", sa.String),
        sa.Column("access_result_urls", sa.String),
        sa.Column("property_id", sa.String),
        sa.Column("submitted_by", sa.String),
        sa.Column("source", sa.String),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.Column("deleted_by", sa.String),
        sa.Column("finalized_at", sa.DateTime(timezone=True)),
        sa.Column("finalized_by", sa.String),
        sa.Column("location", sa.String),
        # refers to duplicate_group in Fides, a table that is not kept here
        sa.Column("duplicate_request_group_id", sa.Uuid),
        sa.PrimaryKeyConstraint("id", name="privacyrequest_pkey"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="privacyrequest_client_id_fkey"),
        sa.ForeignKeyConstraint(["policy_id"], ["policy.id"], name="privacyrequest_policy_id_fkey"),
        sa.ForeignKeyConstraint(
            ["reviewed_by"],
            ["fidesuser.id"],
            name="privacyrequest_reviewed_by_fkey",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["custom_privacy_request_fields_approved_by"],
            ["fidesuser.id"],
            name="privacyrequest_custom_privacy_request_fields_approved_by_fkey",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"],
            ["fidesuser.id"],
            name="privacyrequest_submitted_by_fkey",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["finalized_by"],
            ["fidesuser.id"],
            name="privacyrequest_fidesuser_id_fkey",
            ondelete="SET NULL",
        ),
    )
    op.create_index("ix_privacyrequest_id", "privacyrequest", ["id"])
    op.create_index("ix_privacyrequest_external_id", "privacyrequest", ["external_id"])
    op.create_index("ix_privacyrequest_status", "privacyrequest", ["status"])
    op.create_index(
        "ix_privacyrequest_policy_created", "privacyrequest", ["policy_id", "created_at"]
    )

    op.create_table(
        "providedidentity",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("privacy_request_id", sa.String),
        sa.Column("field_name", sa.String, nullable=False),
        sa.Column("hashed_value", sa.String),
        sa.Column("encrypted_value", sa.String),
        sa.Column("field_label", sa.String),
        sa.Column("is_hash_migrated", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="providedidentity_pkey"),
        sa.ForeignKeyConstraint(
            ["privacy_request_id"],
            ["privacyrequest.id"],
            name="providedidentity_privacy_request_id_fkey",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
    )
    op.create_index("ix_providedidentity_id", "providedidentity", ["id"])
    op.create_index("ix_providedidentity_hashed_value", "providedidentity", ["hashed_value"])
    op.create_index(
        "ix_providedidentity_privacy_request_id", "providedidentity", ["privacy_request_id"]
    )
    op.create_index(
        "ix_providedidentity_reqid_field_hash",
        "providedidentity",
        ["privacy_request_id", "field_name", "hashed_value"],
    )
    op.create_index(
        "idx_providedidentity_unmigrated",
        "providedidentity",
        ["is_hash_migrated"],
        postgresql_where=sa.text("is_hash_migrated IS FALSE"),
    )


def downgrade() -> None:
    op.drop_table("providedidentity")
    op.drop_table("privacyrequest")
    op.execute("DROP TYPE privacyrequeststatus")
