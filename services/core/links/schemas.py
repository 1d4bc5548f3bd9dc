"""What callers send and get about how clicks are tied to what happens elsewhere."""

from __future__ import annotations

from pydantic import Field

from services.core.kit.schemas import ReadModel, WriteModel


class LinkSettingsWrite(WriteModel):
    """How conversions are tied to clicks. Taken whole."""

    window_days: int = Field(
        ge=1, le=365, examples=[30], description="How many days before a conversion a click has credit for it."
    )
    passes_click_id: bool = Field(
        examples=[True],
        description="Whether `adv_click`, an opaque id of the click, goes along to the destination, so that the site,"
        " the CRM or the ATS can name it.",
    )


class LinkSettingsRead(ReadModel):
    """How conversions are tied to clicks."""

    window_days: int
    passes_click_id: bool
