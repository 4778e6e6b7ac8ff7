"""Policies and their rules: what is done when a person asks for it."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fidesdev.db.base_class import Base
from fidesdev.models.client import Client
from fidesdev.models.enums import ActionType, DrpAction, column_type


class Policy(Base):
    """A named set of rules, and the days within which a request under it is to be answered."""

    name: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(index=True, unique=True)
    client_id: Mapped[str | None] = mapped_column(String, ForeignKey("client.id"))
    drp_action: Mapped[DrpAction | None] = mapped_column(
        column_type(DrpAction), index=True, unique=True
    )
    execution_timeframe: Mapped[int | None]

    client: Mapped[Client | None] = relationship()
    rules: Mapped[list[Rule]] = relationship(
        back_populates="policy", passive_deletes="all", order_by="Rule.key"
    )

    @property
    def action_types(self) -> tuple[ActionType, ...]:
        """What the rules do, each once, in alphabetical order."""
        return tuple(sorted({rule.action_type for rule in self.rules}))


class Rule(Base):
    """One action of a policy."""

    name: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(index=True, unique=True)
    policy_id: Mapped[str] = mapped_column(String, ForeignKey("policy.id"))
    action_type: Mapped[ActionType] = mapped_column(column_type(ActionType))
    masking_strategy: Mapped[str | None]
    # in Fides rule_storage_destination_id_fkey refers to storageconfig, which is not modelled here
    storage_destination_id: Mapped[str | None]
    client_id: Mapped[str | None] = mapped_column(String, ForeignKey("client.id"))

    policy: Mapped[Policy] = relationship(back_populates="rules")
    client: Mapped[Client | None] = relationship()
