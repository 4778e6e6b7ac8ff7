"""People who log in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint, false
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.orm import Mapped, mapped_column

from fidesdev.db.base_class import Base
from fidesdev.models.enums import DisabledReason, column_type


class FidesUser(Base):
    """A person with a login; user name and e-mail address are compared without case."""

    username: Mapped[str | None] = mapped_column(CITEXT, index=True, unique=True)
    hashed_password: Mapped[str | None]
    salt: Mapped[str | None]
    last_login_at: Mapped[datetime | None]
    password_reset_at: Mapped[datetime | None]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    email_address: Mapped[str | None] = mapped_column(CITEXT)
    disabled: Mapped[bool] = mapped_column(server_default=false())
    disabled_reason: Mapped[DisabledReason | None] = mapped_column(column_type(DisabledReason))
    password_login_enabled: Mapped[bool | None]
    totp_secret: Mapped[str | None]
    email_verified_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("email_address", name="fidesuser_email_address"),)
