"""A program that takes people in, and its manager."""

from __future__ import annotations

from tests.api.ambassadors.conftest import desk

__all__ = ["desk"]
