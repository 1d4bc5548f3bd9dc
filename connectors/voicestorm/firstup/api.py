"""Firstup, with client, mapping and errors put together."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import aclosing

from connectors.sdk.errors import OutcomeUnknown, ProtocolViolation
from connectors.sdk.http import Answer
from connectors.sdk.models import (
    AudienceMember,
    AudiencePage,
    AudiencePerson,
    ContentPreview,
    Context,
    Credentials,
    Destination,
    PlatformContent,
    Pushed,
    VendorNotice,
)
from connectors.voicestorm.firstup import mapping
from connectors.voicestorm.firstup.client import FirstupClient
from connectors.voicestorm.firstup.errors import error_for, token_error_for
from connectors.voicestorm.firstup.webhooks import read_webhook

#: No list of a program is longer than this many pages of 100; beyond it something goes in circles.
_MOST_PAGES = 500


class FirstupApi:
    """Topics, content, people and notifications of one program."""

    async def authenticate(self, ctx: Context) -> Credentials:
        """Signs in as the program's application, which may do all that a Program Manager may, for two hours."""
        answer = await FirstupClient(ctx).token()
        if not answer.is_success:
            raise token_error_for(answer, ctx)
        return mapping.credentials(answer.json_object(), now=ctx.now())

    async def check(self, ctx: Context) -> None:
        """Asks for one topic."""
        mapping.items(_read(await FirstupClient(ctx).channels(page=1, size=1), ctx))

    async def list_destinations(self, ctx: Context) -> tuple[Destination, ...]:
        """All topics; those that are archived take no content."""
        client = FirstupClient(ctx)
        found = []
        async with aclosing(_pages(ctx, lambda page: client.channels(page=page))) as pages:
            async for page in pages:
                found += [mapping.destination(channel) for channel in page]
        return tuple(sorted(found, key=lambda one: (one.title.casefold(), one.external_id)))

    def preview_content(self, ctx: Context, *, content: PlatformContent) -> ContentPreview:
        """What people will find."""
        return mapping.preview(content, now=ctx.now())

    async def push_content(self, ctx: Context, *, content: PlatformContent) -> Pushed:
        """Makes a draft, which nobody sees, and publishes it.

        A draft whose answer was lost is left behind: publishing it later could show words that nobody approved.
        """
        client = FirstupClient(ctx)
        body = mapping.content_body(content, author_user_id=ctx.settings.get("author_user_id"), now=ctx.now())
        draft_id = mapping.created_id(_read(await client.create_content(body), ctx))
        answer = await client.publish_content(draft_id)
        if answer.status in {200, 202, 204}:
            return mapping.published(answer, draft_id=draft_id)
        if answer.is_success:
            raise OutcomeUnknown(f"Firstup answered {answer.status}, which it does not document for publishing")
        raise error_for(answer, ctx, visible=True)

    async def find_content(
        self, ctx: Context, *, content: PlatformContent, external_id: str | None = None
    ) -> Pushed | None:
        """Looks through all content of the topic, in every state; the feed would need a person's token."""
        client = FirstupClient(ctx)
        channel_id = content.destination_id
        matches = []
        async with aclosing(_pages(ctx, lambda page: client.contents(channel_id=channel_id, page=page))) as pages:
            async for page in pages:
                matches += page
                if external_id is not None and mapping.best_match(page, content, external_id=external_id):
                    break
        return mapping.best_match(matches, content, external_id=external_id)

    async def withdraw_content(self, ctx: Context, *, external_id: str) -> None:
        """Puts the item back to draft; the way to archive it is not documented to us."""
        client = FirstupClient(ctx)
        answer = await client.draft_content(external_id)
        if answer.status != 404:
            _read(answer, ctx)
            return
        # An item that is gone, or a call that this program does not know: only a look can tell the two apart.
        async with aclosing(_pages(ctx, lambda page: client.contents(page=page))) as pages:
            async for page in pages:
                if mapping.is_seen(page, external_id=external_id):
                    raise error_for(answer, ctx)

    async def list_audience(self, ctx: Context, *, destination_id: str | None, cursor: str | None) -> AudiencePage:
        """People of the program, by SCIM."""
        mapping.refuse_destination(destination_id)
        start = mapping.start_index(cursor)
        return mapping.audience_page(_read(await FirstupClient(ctx).users(start_index=start), ctx), start=start)

    async def add_member(self, ctx: Context, *, person: AudiencePerson, destination_id: str | None) -> AudienceMember:
        """Looks before it makes somebody; who was inactive comes back under their present name."""
        mapping.refuse_destination(destination_id)
        client = FirstupClient(ctx)
        user = await _find_user(client, ctx, person.email)
        if user is None:
            answer = await client.create_user(mapping.user_body(person))
            if answer.is_success:
                return mapping.member(answer.json_object())
            # Somebody else made the same person between our two calls, or the user name is another person's.
            user = await _find_user(client, ctx, person.email) if answer.status == 409 else None
            if user is None:
                raise error_for(answer, ctx)
        found = mapping.member(user)
        if found.is_active:
            return found
        _read(await client.patch_user(found.external_id, mapping.back_in(person)), ctx)
        return AudienceMember(found.external_id, found.email, is_active=True, reference=found.reference)

    async def remove_member(self, ctx: Context, *, external_id: str, destination_id: str | None) -> None:
        """Makes the account inactive."""
        mapping.refuse_destination(destination_id)
        client = FirstupClient(ctx)
        answer = await client.patch_user(external_id, {"active": False})
        # 404 is somebody who is gone, or a wrong address: only where people are listed it is the former.
        _read(answer if answer.status != 404 else await client.users(start_index=1), ctx)

    def receive_webhook(self, ctx: Context, *, headers: Mapping[str, str], body: bytes) -> list[VendorNotice]:
        """Compares the static header, and says what the event says."""
        return read_webhook(ctx, headers=headers, body=body)


async def _find_user(client: FirstupClient, ctx: Context, email: str) -> dict[str, object] | None:
    answer = await client.user(email)
    if answer.status == 404:
        return None
    user = _read(answer, ctx).json_object()
    return user if mapping.is_person(user, email) else None


async def _pages(
    ctx: Context, ask: Callable[[int], Coroutine[None, None, Answer]]
) -> AsyncGenerator[list[dict[str, object]], None]:
    for page in range(1, _MOST_PAGES + 1):
        answer = _read(await ask(page), ctx)
        found = mapping.items(answer)
        yield found
        if mapping.is_last_page(answer, page=page, got=len(found)):
            return
    raise ProtocolViolation(f"a list of Firstup that has not ended after {_MOST_PAGES} pages")


def _read(answer: Answer, ctx: Context) -> Answer:
    if not answer.is_success:
        raise error_for(answer, ctx)
    return answer
