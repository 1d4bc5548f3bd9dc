"""EveryoneSocial behind the ports of the contract."""

import contextlib
from collections.abc import Collection, Iterable
from datetime import date

from connectors.everyonesocial import files, mapping
from connectors.everyonesocial.client import ContentClient, ScimClient
from connectors.everyonesocial.errors import Door, error_for, upload_error_for
from connectors.everyonesocial.files import AdvocacyRole
from connectors.everyonesocial.manifest import API_TOKEN, MANIFEST, SCIM_TOKEN, USER_REPORT
from connectors.everyonesocial.mapping import ContentId
from connectors.sdk.errors import ConfigurationInvalid, ConnectorError, OutcomeUnknown, ProtocolViolation, Rejected
from connectors.sdk.http import Answer
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import (
    AudienceMember,
    AudiencePage,
    AudiencePerson,
    ContentPreview,
    ContentState,
    Context,
    Destination,
    Media,
    Metric,
    MetricReading,
    PlatformContent,
    Pushed,
    ReportReading,
)

#: More pages than any group or list can have: a vendor whose pages go round in a circle is noticed here.
_MOST_PAGES = 500


class EveryoneSocial:
    """Puts content into groups, lets members in and out by SCIM, and reads what little it counts.

    Content API and SCIM are two doors with a token each; whoever has only one of them can do what is behind it.
    """

    @property
    def manifest(self) -> Manifest:
        """The declaration."""
        return MANIFEST

    async def check(self, ctx: Context) -> None:
        """Asks each door that is set up; ConfigurationInvalid when none is, or when SCIM lacks what we need of it."""
        doors = [name for name in (API_TOKEN, SCIM_TOKEN) if ctx.settings.get(name)]
        if not doors:
            raise ConfigurationInvalid(
                f"everyonesocial: neither {API_TOKEN} nor {SCIM_TOKEN} is set",
                message=f"EveryoneSocial needs an API token ({API_TOKEN}), a SCIM token ({SCIM_TOKEN}), or both; an"
                " administrator must set one.",
            )
        if API_TOKEN in doors:
            mapping.group_page(_read(await ContentClient(ctx).list_groups(), ctx))
        if SCIM_TOKEN in doors:
            client = ScimClient(ctx)
            config = _read(await client.service_provider_config(), ctx, door=Door.SCIM)
            if missing := mapping.missing_scim_features(config):
                raise ConfigurationInvalid(
                    f"EveryoneSocial's SCIM service says that it does not support {', '.join(missing)}",
                    message="EveryoneSocial's SCIM service lacks what letting people in and out needs; an administrator"
                    f" must ask the vendor for: {', '.join(missing)}.",
                )
            # A service may describe itself to everybody (RFC 7644, section 4), so that only this tries the token.
            _read(await client.list_users(count=1), ctx, door=Door.SCIM)

    # Content

    async def list_destinations(self, ctx: Context) -> tuple[Destination, ...]:
        """Groups that the token sees; a read-only one takes no content."""
        client = ContentClient(ctx)
        found: list[Destination] = []
        next_id: str | None = None
        for _ in range(_MOST_PAGES):
            page = _read(await client.list_groups(next_id=next_id), ctx)
            found += mapping.destinations(mapping.group_page(page))
            next_id = mapping.next_id(page)
            if next_id is None:
                return tuple(sorted(found, key=lambda one: (one.title.casefold(), one.external_id)))
        raise ProtocolViolation("the pages of the groups do not end")

    def preview_content(self, ctx: Context, *, content: PlatformContent) -> ContentPreview:
        """Shows the disclosure merged: whether the vendor has one of the same words is only seen when it is pushed."""
        return mapping.preview(content)

    async def push_content(self, ctx: Context, *, content: PlatformContent) -> Pushed:
        """Creates, attaches the file, and publishes last: before that nobody sees anything.

        Into a moderated group that is AWAITING_REVIEW. When it is certain that nothing went out, the draft is taken
        away again, as far as the vendor lets us.
        """
        mapping.require_pushable(content)
        client = ContentClient(ctx)
        disclosure_ids: dict[str, str] = {}
        if content.disclosure:
            disclosure_ids = mapping.disclosure_ids(_read(await client.list_disclosures(), ctx), content)
        body = mapping.content_body(content, disclosure_ids=disclosure_ids)
        answer = await client.create_content(content.destination_id, body)
        _require_group(answer)
        item = ContentId(content.destination_id, mapping.content_id(_read(answer, ctx)))
        try:
            for media in content.media:
                await self._attach(ctx, client, item, media)
            return await self._publish(ctx, client, item, content)
        except OutcomeUnknown:
            raise
        except ConnectorError:
            with contextlib.suppress(ConnectorError):
                await client.delete_content(item.group_id, item.content_id)
            raise

    async def _attach(self, ctx: Context, client: ContentClient, item: ContentId, media: Media) -> None:
        answer = await client.upload_form(item.group_id, item.content_id, kind=mapping.media_path(media))
        url, fields = mapping.upload_form(_read(answer, ctx))
        stored = await client.send_file(url, fields, media)
        if not stored.is_success:
            raise upload_error_for(stored, ctx=ctx)

    async def _publish(self, ctx: Context, client: ContentClient, item: ContentId, content: PlatformContent) -> Pushed:
        info = mapping.publish_body(content, now=ctx.now())
        answer = await client.publish(item.group_id, item.content_id, info)
        if not answer.is_success:
            raise error_for(answer, ctx=ctx, visible=True)
        try:
            return mapping.pushed(answer.json_object(), group_id=item.group_id, now=ctx.now())
        except ProtocolViolation as error:
            raise OutcomeUnknown("EveryoneSocial took the item, but its answer can't be read") from error

    async def find_content(
        self, ctx: Context, *, content: PlatformContent, external_id: str | None = None
    ) -> Pushed | None:
        """By id, or by title and tracked link among the newer items of the group; drafts, which nobody sees, are none.

        There is no field for a key of ours. The tracked link is made for one item and destination, so that a match is
        as sure as that; an item whose title or link a moderator changed is not found.
        """
        client = ContentClient(ctx)
        if external_id is not None:
            item = ContentId.parse(external_id)
            answer = await client.get_content(item.group_id, item.content_id)
            if answer.status == 404:
                return None
            return mapping.pushed(_read(answer, ctx), group_id=item.group_id, now=ctx.now())
        for approval_status, state in mapping.APPROVAL_STATUSES.items():
            found = await self._find_listed(ctx, client, content, approval_status, state)
            if found is not None:
                return found
        return None

    async def _find_listed(
        self, ctx: Context, client: ContentClient, content: PlatformContent, approval_status: str, state: ContentState
    ) -> Pushed | None:
        group_id, oldest = content.destination_id, ctx.now() - mapping.LOOK_BACK
        next_id: str | None = None
        for _ in range(_MOST_PAGES):
            answer = await client.list_content(group_id, approval_status=approval_status, next_id=next_id)
            _require_group(answer)
            page = _read(answer, ctx)
            items = mapping.content_page(page)
            for item in items:
                if mapping.is_same(item, content):
                    return mapping.pushed(item, group_id=group_id, now=ctx.now(), listed_as=state)
            next_id = mapping.next_id(page)
            if next_id is None or (items and all(mapping.is_older(item, than=oldest) for item in items)):
                return None
        raise ProtocolViolation("the pages of the content do not end")

    async def withdraw_content(self, ctx: Context, *, external_id: str) -> None:
        """Deletes it in its group; what members shared before stays on the networks."""
        item = ContentId.parse(external_id)
        answer = await ContentClient(ctx).delete_content(item.group_id, item.content_id)
        if not answer.is_success and answer.status != 404:
            raise error_for(answer, ctx=ctx, visible=False)

    async def read_content_metrics(
        self, ctx: Context, *, external_id: str, metrics: Collection[Metric], since: date, until: date
    ) -> MetricReading:
        """Sums of the four counters that the API has, which exist for X and LinkedIn alone, and up to a day late."""
        item = ContentId.parse(external_id)
        client = ContentClient(ctx)
        rows: dict[tuple[str, date], dict[str, int]] = {}
        for start, end in mapping.windows(since=since, until=until):
            page = _read(await client.share_stats(post_id=item.content_id, start=start, end=end), ctx)
            rows |= mapping.stat_rows(page, since=since, until=until)
        return mapping.reading(rows.values(), metrics)

    # People

    async def list_audience(self, ctx: Context, *, destination_id: str | None, cursor: str | None) -> AudiencePage:
        """Users of the whole workspace: in SCIM there are no groups."""
        _require_workspace(destination_id)
        start_index = mapping.start_index(cursor)
        answer = await ScimClient(ctx).list_users(start_index=start_index)
        return mapping.audience_page(_read(answer, ctx, door=Door.SCIM), start_index=start_index)

    async def add_member(self, ctx: Context, *, person: AudiencePerson, destination_id: str | None) -> AudienceMember:
        """A userName that is taken is that person: found, and let in again where they were let out."""
        _require_workspace(destination_id)
        client = ScimClient(ctx)
        answer = await client.create_user(mapping.scim_user(person))
        if answer.status != 409:
            return mapping.member(_read(answer, ctx, door=Door.SCIM))
        listed = await client.list_users(filter=mapping.user_name_filter(person.email))
        found = mapping.find_member(_read(listed, ctx, door=Door.SCIM), person.email)
        if found is None:
            raise Rejected(
                "member_conflict",
                "EveryoneSocial says that this address is taken, but does not show by whom; its administrator can see.",
            )
        if found.is_active:
            return found
        answer = await client.patch_user(found.external_id, mapping.activity_patch(is_active=True))
        if not answer.is_success:
            raise error_for(answer, ctx=ctx, visible=False, door=Door.SCIM)
        return mapping.member(answer.json_object()) if answer.body else _active(found)

    async def remove_member(self, ctx: Context, *, external_id: str, destination_id: str | None) -> None:
        """Deactivates: nobody is deleted, and who comes back finds their history."""
        _require_workspace(destination_id)
        answer = await ScimClient(ctx).patch_user(external_id, mapping.activity_patch(is_active=False))
        if not answer.is_success and answer.status != 404:
            raise error_for(answer, ctx=ctx, visible=False, door=Door.SCIM)

    # Files that an administrator carries

    def import_report(self, ctx: Context, *, name: str, data: bytes) -> ReportReading:
        """Shares and clicks of each person who was active."""
        if name != USER_REPORT:
            raise Rejected("report_not_readable", f"EveryoneSocial's reports that we read are: {USER_REPORT}.")
        return files.read_user_report(data)

    def invitation_file(self, people: Iterable[AudiencePerson], *, role: AdvocacyRole = AdvocacyRole.USER) -> bytes:
        """A file to upload under Admin > Invitations, for a workspace without SCIM; each address gets one e-mail.

        Raises Rejected with code `email_not_valid`.
        """
        return files.invitation_file(people, role=role)


def _read(answer: Answer, ctx: Context, *, door: Door = Door.CONTENT) -> dict[str, object]:
    if not answer.is_success:
        raise error_for(answer, ctx=ctx, visible=False, door=door)
    return answer.json_object()


def _require_group(answer: Answer) -> None:
    if answer.status == 404:
        raise ConfigurationInvalid(
            "EveryoneSocial answered 404 about a group",
            message="The EveryoneSocial group is gone, or the API token no longer sees it; an administrator must choose"
            " another one.",
        )


def _require_workspace(destination_id: str | None) -> None:
    if destination_id is not None:
        raise ConfigurationInvalid(
            "EveryoneSocial lets people into the workspace, not into a group",
            message="EveryoneSocial takes people for the whole workspace; an administrator must sync them without a"
            " group.",
        )


def _active(member: AudienceMember) -> AudienceMember:
    return AudienceMember(member.external_id, member.email, is_active=True, reference=member.reference)
