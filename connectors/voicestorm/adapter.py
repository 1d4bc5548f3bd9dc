"""VoiceStorm and Firstup behind the ports of the contract: one face, two APIs, chosen by the setting `generation`."""

from collections.abc import Mapping

from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import CapabilityMissing
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import (
    AudienceMember,
    AudiencePage,
    AudiencePerson,
    ContentPreview,
    Context,
    Credentials,
    Destination,
    Media,
    PlatformContent,
    Pushed,
    ReportReading,
    VendorNotice,
)
from connectors.voicestorm.firstup import FirstupApi
from connectors.voicestorm.legacy import LegacyApi
from connectors.voicestorm.manifest import MANIFEST, OFFERS, Generation, generation

_FIRSTUP = FirstupApi()
_LEGACY = LegacyApi()


class VoiceStorm:
    """Hands each call to the API that the settings name; what only the other one offers is refused before any call."""

    @property
    def manifest(self) -> Manifest:
        """The declaration: what either API offers."""
        return MANIFEST

    async def authenticate(self, ctx: Context) -> Credentials:
        """A token for the organization; VoiceStorm does not say when it ends."""
        return await _api(ctx, Capability.AUTHENTICATE).authenticate(ctx)

    async def check(self, ctx: Context) -> None:
        """Reads something small."""
        await _api(ctx, Capability.CHECK).check(ctx)

    async def list_destinations(self, ctx: Context) -> tuple[Destination, ...]:
        """Firstup's topics."""
        return await _firstup(ctx, Capability.LIST_DESTINATIONS).list_destinations(ctx)

    def preview_content(self, ctx: Context, *, content: PlatformContent) -> ContentPreview:
        """What people will find in Firstup."""
        return _firstup(ctx, Capability.PUSH_CONTENT).preview_content(ctx, content=content)

    async def push_content(self, ctx: Context, *, content: PlatformContent) -> Pushed:
        """A draft, then the visible step: publishing it."""
        return await _firstup(ctx, Capability.PUSH_CONTENT).push_content(ctx, content=content)

    async def find_content(
        self, ctx: Context, *, content: PlatformContent, external_id: str | None = None
    ) -> Pushed | None:
        """Looks through the content of the topic."""
        api = _firstup(ctx, Capability.FIND_CONTENT)
        return await api.find_content(ctx, content=content, external_id=external_id)

    async def withdraw_content(self, ctx: Context, *, external_id: str) -> None:
        """Back to draft, where nobody sees it."""
        await _firstup(ctx, Capability.WITHDRAW_CONTENT).withdraw_content(ctx, external_id=external_id)

    async def list_audience(self, ctx: Context, *, destination_id: str | None, cursor: str | None) -> AudiencePage:
        """By SCIM in both."""
        api = _api(ctx, Capability.SYNC_AUDIENCE)
        return await api.list_audience(ctx, destination_id=destination_id, cursor=cursor)

    async def add_member(self, ctx: Context, *, person: AudiencePerson, destination_id: str | None) -> AudienceMember:
        """By SCIM in both, or by VoiceStorm's registration where its SCIM is not set up."""
        api = _api(ctx, Capability.SYNC_AUDIENCE)
        return await api.add_member(ctx, person=person, destination_id=destination_id)

    async def remove_member(self, ctx: Context, *, external_id: str, destination_id: str | None) -> None:
        """Makes the account inactive: neither API deletes."""
        api = _api(ctx, Capability.SYNC_AUDIENCE)
        await api.remove_member(ctx, external_id=external_id, destination_id=destination_id)

    def import_report(self, ctx: Context, *, name: str, data: bytes) -> ReportReading:
        """VoiceStorm's Member report; the columns of Firstup's exports are not known."""
        return _legacy(ctx, Capability.IMPORT_REPORT).import_report(ctx, name=name, data=data)

    async def receive_webhook(self, ctx: Context, *, headers: Mapping[str, str], body: bytes) -> list[VendorNotice]:
        """Firstup's notifications, which are not signed."""
        return _firstup(ctx, Capability.RECEIVE_WEBHOOK).receive_webhook(ctx, headers=headers, body=body)

    async def set_post_image(self, ctx: Context, *, post_id: str, media: Media) -> None:
        """Gives a post that a person made in VoiceStorm its image: a door of that API that no port of the contract has.

        Raises CapabilityMissing for Firstup, and Rejected with code `media_not_accepted` for what is no image.
        """
        if generation(ctx) is not Generation.VOICESTORM:
            raise CapabilityMissing("only VoiceStorm has a documented way to set the image of a post")
        await _LEGACY.set_post_image(ctx, post_id=post_id, media=media)


def _require(ctx: Context, capability: Capability) -> Generation:
    asked = generation(ctx)
    if capability not in OFFERS[asked]:
        raise CapabilityMissing(f"{asked} does not offer {capability}; the setting generation says {asked}")
    return asked


def _api(ctx: Context, capability: Capability) -> FirstupApi | LegacyApi:
    return _FIRSTUP if _require(ctx, capability) is Generation.FIRSTUP else _LEGACY


def _firstup(ctx: Context, capability: Capability) -> FirstupApi:
    _require(ctx, capability)
    return _FIRSTUP


def _legacy(ctx: Context, capability: Capability) -> LegacyApi:
    _require(ctx, capability)
    return _LEGACY
