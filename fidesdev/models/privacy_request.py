"""Privacy requests and the identities of the people they are about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from fidesdev.db.base_class import Base
from fidesdev.models.client import Client
from fidesdev.models.enums import ActionType, PrivacyRequestStatus, column_type
from fidesdev.models.logs import AuditLog, ExecutionLog
from fidesdev.models.policy import Policy
from fidesdev.models.user import FidesUser


def _user(name: str | None = None) -> ForeignKey:
    """A reference to a user that becomes NULL when the user is deleted."""
    return ForeignKey("fidesuser.id", name=name, ondelete="SET NULL")


class PrivacyRequest(Base):
    """What a person asks for under a policy, and how far it has come.

    `filtered_final_upload` and `access_result_urls` hold ciphertext, often megabytes of it, and
    are loaded when they are looked at. `source` holds the name of a member of Fides' enum.
    """

    external_id: Mapped[str | None] = mapped_column(index=True)
    started_processing_at: Mapped[datetime | None]
    finished_processing_at: Mapped[datetime | None]
    requested_at: Mapped[datetime | None]
    status: Mapped[PrivacyRequestStatus] = mapped_column(
        column_type(PrivacyRequestStatus), index=True
    )
    client_id: Mapped[str | None] = mapped_column(String, ForeignKey("client.id"))
    origin: Mapped[str | None]
    policy_id: Mapped[str | None] = mapped_column(String, ForeignKey("policy.id"))
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None] = mapped_column(String, _user())
    paused_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None] = mapped_column(String(200))
    canceled_at: Mapped[datetime | None]
    identity_verified_at: Mapped[datetime | None]
    due_date: Mapped[datetime | None]
    consent_preferences: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    awaiting_email_send_at: Mapped[datetime | None]
    custom_privacy_request_fields_approved_by: Mapped[str | None] = mapped_column(String, _user())
    custom_privacy_request_fields_approved_at: Mapped[datetime | None]
    filtered_final_upload: Mapped[str | None] = mapped_column(deferred=True)
    access_result_urls: Mapped[str | None] = mapped_column(deferred=True)
    property_id: Mapped[str | None]
    submitted_by: Mapped[str | None] = mapped_column(String, _user())
    source: Mapped[str | None]
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[str | None]
    finalized_at: Mapped[datetime | None]
    finalized_by: Mapped[str | None] = mapped_column(
        String, _user("privacyrequest_fidesuser_id_fkey")
    )
    location: Mapped[str | None]
    # in Fides fk_privacyrequest_duplicate_group refers to duplicate_group, which is not modelled
    duplicate_request_group_id: Mapped[UUID | None]

    client: Mapped[Client | None] = relationship()
    policy: Mapped[Policy | None] = relationship()
    reviewer: Mapped[FidesUser | None] = relationship(foreign_keys=reviewed_by)
    submitter: Mapped[FidesUser | None] = relationship(foreign_keys=submitted_by)
    provided_identities: Mapped[list[ProvidedIdentity]] = relationship(
        back_populates="privacy_request", cascade="all, delete-orphan", passive_deletes=True
    )
    # the logs have no foreign key: they outlive the request
    execution_logs: Mapped[list[ExecutionLog]] = relationship(
        primaryjoin="PrivacyRequest.id == foreign(ExecutionLog.privacy_request_id)",
        order_by=ExecutionLog.created_at,
        viewonly=True,
    )
    audit_logs: Mapped[list[AuditLog]] = relationship(
        primaryjoin="PrivacyRequest.id == foreign(AuditLog.privacy_request_id)",
        order_by=AuditLog.created_at,
        viewonly=True,
    )

    __table_args__ = (Index("ix_privacyrequest_policy_created", "policy_id", "created_at"),)

    @classmethod
    def create(cls, db: Session, *, data: Mapping[str, Any], check_name: bool = True) -> Self:
        """A new request, asked for now and due when its policy says, unless data says otherwise."""
        values = {"requested_at": datetime.now(UTC), **data}
        policy = values.get("policy") or Policy.get(db, object_id=values.get("policy_id"))
        if policy and policy.execution_timeframe and values["requested_at"]:
            due = values["requested_at"] + timedelta(days=policy.execution_timeframe)
            values.setdefault("due_date", due)
        return super().create(db, data=values, check_name=check_name)

    @property
    def action_types(self) -> tuple[ActionType, ...]:
        """What the policy's rules do, each once, in alphabetical order."""
        return self.policy.action_types if self.policy else ()

    @property
    def days_left(self) -> int | None:
        """Calendar days in UTC from today until the request is due; None without a due date."""
        return self.days_left_at(datetime.now(UTC))

    def days_left_at(self, moment: datetime) -> int | None:
        """`days_left` as it is at the moment; negative when the request is overdue."""
        if self.due_date is None:
            return None
        return (self.due_date.astimezone(UTC).date() - moment.astimezone(UTC).date()).days


class ProvidedIdentity(Base):
    """One identity of the person a request is about; the value is stored encrypted and hashed."""

    privacy_request_id: Mapped[str | None] = mapped_column(
        String, ForeignKey("privacyrequest.id", ondelete="CASCADE", onupdate="CASCADE"), index=True
    )
    field_name: Mapped[str]
    hashed_value: Mapped[str | None] = mapped_column(index=True)
    encrypted_value: Mapped[str | None]
    field_label: Mapped[str | None]
    is_hash_migrated: Mapped[bool] = mapped_column(server_default=false())

    privacy_request: Mapped[PrivacyRequest | None] = relationship(
        back_populates="provided_identities"
    )

    __table_args__ = (
        Index(
            "idx_providedidentity_unmigrated",
            "is_hash_migrated",
            postgresql_where=text("is_hash_migrated IS FALSE"),
        ),
        Index(
            "ix_providedidentity_reqid_field_hash",
            "privacy_request_id",
            "field_name",
            "hashed_value",
        ),
    )
