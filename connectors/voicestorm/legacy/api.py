"""VoiceStorm, with client, mapping and errors put together."""

from connectors.sdk.errors import ConfigurationInvalid, Rejected
from connectors.sdk.http import Answer
from connectors.sdk.models import (
    AudienceMember,
    AudiencePage,
    AudiencePerson,
    Context,
    Credentials,
    Media,
    MediaKind,
    ReportReading,
)
from connectors.voicestorm.legacy import mapping
from connectors.voicestorm.legacy.client import LegacyClient
from connectors.voicestorm.legacy.errors import read, scim_error_for, token_error_for
from connectors.voicestorm.legacy.reports import read_member_report
from connectors.voicestorm.manifest import MEMBER_REPORT


class LegacyApi:
    """People, the Member report, and the image of a post. Divisions and profile answers are never written."""

    async def authenticate(self, ctx: Context) -> Credentials:
        """Changes Access Token and Token Secret into a bearer token."""
        answer = await LegacyClient(ctx).token()
        if answer.status != 200:
            raise token_error_for(answer, ctx)
        return mapping.credentials(answer.json_object())

    async def check(self, ctx: Context) -> None:
        """Asks for the groups, and for people where SCIM is set up."""
        client = LegacyClient(ctx)
        answer = await client.groups()
        # A list may come bare: its envelope is not documented.
        if answer.status != 200 or not isinstance(answer.json(), list):
            read(answer, ctx)
        if ctx.settings.get("scim_token"):
            _scim(await client.scim_users(start_index=1), ctx)

    async def list_audience(self, ctx: Context, *, destination_id: str | None, cursor: str | None) -> AudiencePage:
        """People of the community, by SCIM: the REST API lists nobody whose id is not known."""
        _refuse_destination(destination_id)
        _require_scim(ctx)
        start = mapping.start_index(cursor)
        answer = _scim(await LegacyClient(ctx).scim_users(start_index=start), ctx)
        return mapping.scim_page(answer.json_object(), start=start)

    async def add_member(self, ctx: Context, *, person: AudiencePerson, destination_id: str | None) -> AudienceMember:
        """By SCIM, or by registration where SCIM is not set up; both look before they make somebody."""
        _refuse_destination(destination_id)
        client = LegacyClient(ctx)
        if not ctx.settings.get("scim_token"):
            return await self._register(client, ctx, person)
        found = await self._find(client, ctx, person.email)
        if found is None:
            answer = await client.scim_create(mapping.scim_body(person))
            if answer.is_success:
                return mapping.scim_member(answer.json_object())
            found = await self._find(client, ctx, person.email) if answer.status == 409 else None
            if found is None:
                raise scim_error_for(answer, ctx)
        if not found.is_active:
            _scim(await client.scim_activate(found.external_id, is_active=True), ctx)
        return AudienceMember(found.external_id, found.email, is_active=True, reference=found.reference)

    async def remove_member(self, ctx: Context, *, external_id: str, destination_id: str | None) -> None:
        """Disables the account: VoiceStorm deletes nobody."""
        _refuse_destination(destination_id)
        _require_scim(ctx)
        client = LegacyClient(ctx)
        answer = await client.scim_activate(external_id, is_active=False)
        # 404 is somebody who is gone, or a wrong address: only where people are listed it is the former.
        _scim(answer if answer.status != 404 else await client.scim_users(start_index=1), ctx)

    def import_report(self, ctx: Context, *, name: str, data: bytes) -> ReportReading:
        """Reads the Member report."""
        if name != MEMBER_REPORT:
            raise Rejected("report_not_readable", f"There is no kind of report called “{name[:40]}” in VoiceStorm.")
        return read_member_report(data)

    async def set_post_image(self, ctx: Context, *, post_id: str, media: Media) -> None:
        """Sets, or replaces, the image of a post; safe to repeat."""
        if media.kind is not MediaKind.IMAGE or not media.content_type.startswith("image/"):
            raise Rejected("media_not_accepted", "VoiceStorm takes an image here, and nothing else.")
        read(await LegacyClient(ctx).put_image(post_id, content_type=media.content_type, data=media.data), ctx)

    async def _register(self, client: LegacyClient, ctx: Context, person: AudiencePerson) -> AudienceMember:
        found = mapping.found_user(read(await client.search_users(person.email), ctx), person.email)
        if found is not None:
            return found
        made = read(await client.register(mapping.registration(person)), ctx)
        return mapping.rest_member(made.get("user"), person.email)

    async def _find(self, client: LegacyClient, ctx: Context, email: str) -> AudienceMember | None:
        answer = _scim(await client.scim_find(email), ctx)
        return next(iter(mapping.scim_members(answer.json_object())), None)


def _scim(answer: Answer, ctx: Context) -> Answer:
    if not answer.is_success:
        raise scim_error_for(answer, ctx)
    return answer


def _require_scim(ctx: Context) -> None:
    if not ctx.settings.get("scim_url") or not ctx.settings.get("scim_token"):
        raise ConfigurationInvalid(
            "VoiceStorm's SCIM is not set up",
            message="Without SCIM, people of VoiceStorm can be let in, but neither listed nor let out: set the SCIM API"
            " URL and its token from the console's API page.",
        )


def _refuse_destination(destination_id: str | None) -> None:
    if destination_id is not None:
        raise Rejected("destination_takes_no_people", "People belong to a VoiceStorm community as a whole.")
