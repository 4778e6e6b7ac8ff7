"""What was done about privacy requests; no foreign keys, so that the logs outlive them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from fidesdev.db.base_class import Base
from fidesdev.models.enums import ActionType, AuditLogAction, ExecutionLogStatus, column_type


class ExecutionLog(Base):
    """One step of working on a request, in one collection of one dataset."""

    # steps of one transaction are told apart by the clock, which now() stops
    created_at: Mapped[datetime | None] = mapped_column(
        server_default=func.clock_timestamp(), sort_order=-2
    )
    updated_at: Mapped[datetime | None] = mapped_column(
        server_default=func.clock_timestamp(), onupdate=func.clock_timestamp(), sort_order=-1
    )
    dataset_name: Mapped[str | None] = mapped_column(index=True)
    collection_name: Mapped[str | None] = mapped_column(index=True)
    fields_affected: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    message: Mapped[str | None]
    action_type: Mapped[ActionType] = mapped_column(column_type(ActionType), index=True)
    status: Mapped[ExecutionLogStatus] = mapped_column(column_type(ExecutionLogStatus), index=True)
    privacy_request_id: Mapped[str] = mapped_column(index=True)
    connection_key: Mapped[str | None] = mapped_column(index=True)
    saas_version: Mapped[str | None]


class AuditLog(Base):
    """One decision about a request, by a person or a webhook."""

    user_id: Mapped[str | None] = mapped_column(index=True)
    privacy_request_id: Mapped[str | None] = mapped_column(index=True)
    action: Mapped[AuditLogAction] = mapped_column(column_type(AuditLogAction), index=True)
    message: Mapped[str | None]
    webhook_id: Mapped[str | None] = mapped_column(index=True)
