"""Every table of the product, for migrations and for the checks that look at all tables."""

from __future__ import annotations

import importlib
import pkgutil

import sqlalchemy as sa
from sqlmodel import SQLModel

import services.core
from services.core.kit import heartbeat, idempotency

__all__ = ["heartbeat", "idempotency", "load_metadata"]


def load_metadata() -> sa.MetaData:
    """Import the models of every noun and answer the metadata they filled."""
    for module in pkgutil.iter_modules(services.core.__path__):
        if module.ispkg and importlib.util.find_spec(f"services.core.{module.name}.models"):
            importlib.import_module(f"services.core.{module.name}.models")
    return SQLModel.metadata
