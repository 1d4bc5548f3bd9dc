"""What a post shows besides its words, and the request that puts all of it before the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.models import Account, LinkCard, MediaKind, PublishRequest, UploadedMedia
from services.core.assets import service as assets
from services.core.assets.models import Asset, AssetKind
from services.core.content.models import Variant
from services.core.content.readiness import is_link_in_text


@dataclass(frozen=True)
class Shown:
    """A file as a person agreed to it: the very bytes, and the words that go with them."""

    asset_id: UUID
    sha256: str
    kind: MediaKind
    content_type: str
    alt_text: str | None
    title: str | None

    @classmethod
    def of(cls, asset: Asset, variant: Variant) -> Shown:
        """An asset in a variant. Where somebody said why it needs no words, the headline stands for them."""
        return cls(
            asset_id=asset.id,
            sha256=asset.sha256,
            kind=MediaKind(asset.kind.value),
            content_type=asset.content_type,
            alt_text=assets.alt_text_of(asset, variant.language)
            or (variant.link_title if asset.kind is AssetKind.IMAGE else None),
            title=asset.title or (None if asset.kind is AssetKind.IMAGE else variant.link_title),
        )

    def document(self) -> dict[str, object]:
        """As it is written into the bytes that are agreed on."""
        return {
            "asset_id": str(self.asset_id),
            "sha256": self.sha256,
            "kind": self.kind.value,
            "content_type": self.content_type,
            "alt_text": self.alt_text,
            "title": self.title,
        }


async def shown_by(session: AsyncSession, variant: Variant) -> tuple[Shown, ...]:
    """The files of a variant; no query when it has none."""
    return tuple(Shown.of(asset, variant) for asset in await assets.list_of(session, variant.asset_ids))


def read_shown(document: Mapping[str, Any]) -> tuple[Shown, ...]:
    """The files in an agreed document."""
    return tuple(
        Shown(
            asset_id=UUID(one["asset_id"]),
            sha256=one["sha256"],
            kind=MediaKind(one["kind"]),
            content_type=one["content_type"],
            alt_text=one["alt_text"],
            title=one["title"],
        )
        for one in document.get("media", ())
    )


def extras(
    text: str,
    *,
    network: str,
    link_url: str,
    shown: Sequence[Shown],
    reshare_of: str | None,
    first_comment: str | None,
) -> dict[str, object]:
    """What an agreed document has beyond a plain post with a link card; nothing for such a one."""
    document: dict[str, object] = {}
    if shown:
        document["media"] = [one.document() for one in shown]
    if reshare_of is not None:
        document["reshare_of"] = reshare_of
    if first_comment:
        document["first_comment"] = first_comment
    if is_link_in_text(network, reshare_of, [AssetKind(one.kind.value) for one in shown]):
        document["link_in_text"] = True
        if link_url not in text:
            document["text"] = f"{text}\n\n{link_url}"
    return document


def request_of(
    document: Mapping[str, Any], *, author: Account | None, idempotency_key: str, media: Sequence[UploadedMedia] = ()
) -> PublishRequest:
    """An agreed document as the network gets it."""
    description = document["link_description"]
    link = LinkCard(
        url=str(document["link_url"]),
        title=str(document["link_title"]),
        description=str(description) if description else None,
    )
    return PublishRequest(
        text=str(document["text"]),
        author=author or Account(external_id="", display_name=""),
        idempotency_key=idempotency_key,
        link=None if document.get("link_in_text") else link,
        media=tuple(media),
        reshare_of=document.get("reshare_of"),
    )
