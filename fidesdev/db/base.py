"""Every model, imported: what is imported here is what Alembic compares and `models list` shows."""

from fidesdev.db.base_class import Base
from fidesdev.models.client import Client
from fidesdev.models.logs import AuditLog, ExecutionLog
from fidesdev.models.policy import Policy, Rule
from fidesdev.models.privacy_request import PrivacyRequest, ProvidedIdentity
from fidesdev.models.user import FidesUser

__all__ = [
    "AuditLog",
    "Base",
    "Client",
    "ExecutionLog",
    "FidesUser",
    "Policy",
    "PrivacyRequest",
    "ProvidedIdentity",
    "Rule",
]
