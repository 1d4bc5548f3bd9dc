"""What callers send and get about assets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from services.core.assets.models import AssetKind
from services.core.kit.schemas import ReadModel, WriteModel
from services.core.kit.texts import Language


def _says_something(value: str) -> str:
    if not any(character.isalnum() for character in value):
        raise ValueError("say in words what is to be seen")
    return value


def _is_webvtt(value: str) -> str:
    if not value.lstrip("\ufeff").startswith("WEBVTT") or "-->" not in value:
        raise ValueError("send captions as WebVTT: a first line WEBVTT, then times and words")
    return value


AltText = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_says_something)]
Captions = Annotated[str, Field(min_length=1, max_length=200_000), AfterValidator(_is_webvtt)]


class AssetUpdate(WriteModel):
    """Merge patch of what is said about a file; languages left out stay, and null removes one."""

    title: str | None = Field(default=None, min_length=1, max_length=200, examples=["The school roof"])
    alt_texts: dict[Language, AltText | None] | None = Field(
        default=None,
        examples=[{"en": "240 panels on the roof of a school, seen from above."}],
        description="For those who do not see it, per language. A picture goes nowhere without.",
    )
    captions: dict[Language, Captions | None] | None = Field(
        default=None, description="Captions of a video as WebVTT, per language."
    )
    accessibility_override: str | None = Field(
        default=None,
        min_length=10,
        max_length=1000,
        description="Why it goes out without those words; the reason is kept in the audit. null takes it back.",
    )


class AssetRead(ReadModel):
    """A file that posts can show. Its bytes: `/v1/assets/{id}/file`."""

    id: UUID
    kind: AssetKind
    content_type: str
    sha256: str
    size_bytes: int
    title: str | None
    width: int | None
    height: int | None
    frames: int | None
    pages: int | None
    duration_ms: int | None
    alt_texts: dict[str, str]
    captions: dict[str, str]
    accessibility_override: str | None
    created_at: datetime
    updated_at: datetime


class MediaRead(ReadModel):
    """A file as a post in one language shows it."""

    asset_id: UUID
    kind: AssetKind
    content_type: str
    sha256: str
    alt_text: str | None = Field(description="What those hear who do not see it.")
    title: str | None
    url: str = Field(description="Where to get the file.")
