"""OAuth clients: the programs, and the sessions of people, that call the API."""

from __future__ import annotations

from sqlalchemy import ARRAY, ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fidesdev.db.base_class import Base
from fidesdev.models.user import FidesUser

_NONE = text("'{}'")


class Client(Base):
    """Who calls the API, with which secret (hashed), and what they may do."""

    hashed_secret: Mapped[str]
    salt: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=_NONE)
    fides_key: Mapped[str | None] = mapped_column(index=True, unique=True)
    user_id: Mapped[str | None] = mapped_column(String, ForeignKey("fidesuser.id"), unique=True)
    roles: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=_NONE)
    systems: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=_NONE)
    connections: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=_NONE)
    monitors: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=_NONE)
    name: Mapped[str | None]
    description: Mapped[str | None]

    user: Mapped[FidesUser | None] = relationship()
