"""Tables of assets: pictures, documents and videos that posts can show."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Json, VersionedModel, tenant_key


class AssetKind(StrEnum):
    """What a file is shown as; the same words as the connectors'."""

    IMAGE = "image"
    DOCUMENT = "document"
    VIDEO = "video"


class Asset(VersionedModel, table=True):
    """A checked file. Its bytes lie in the data directory under their own hash, and never change."""

    __tablename__ = "assets"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "sha256"),
        tenant_key("uploaded_by_employee_id", "employees"),
    )

    kind: AssetKind = Choice(AssetKind)
    content_type: str
    #: SHA-256 of the bytes as they are stored and sent, in hexadecimal.
    sha256: str
    size_bytes: int
    #: Shown with a document or a video, and the name under which it is found again.
    title: str | None = None
    width: int | None = None
    height: int | None = None
    #: Pictures of an animation, 1 for a still one; pages of a document.
    frames: int | None = None
    pages: int | None = None
    duration_ms: int | None = None
    #: Words for those who do not see it, per language.
    alt_texts: dict[str, Any] = Json()
    #: Captions of a video as WebVTT, per language.
    captions: dict[str, Any] = Json()
    #: Why it may go out without those words; None = it may not.
    accessibility_override: str | None = None
    uploaded_by_employee_id: UUID | None = None
