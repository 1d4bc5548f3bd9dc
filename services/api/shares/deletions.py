"""A person takes their own post back from the network; nobody else can, for anybody."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api.dependencies import Call, Current, allow
from services.api.routing import Router
from services.core.kit.errors import NotFound
from services.core.organizations.rules import Door
from services.core.shares import deletions, repository
from services.core.shares.models import PostDeletion, Publication
from services.core.shares.schemas import PostDeletionRead

router: APIRouter = Router(tags=["Sharing"])

_PERSON = [allow(Door.PERSON)]


@router.delete(
    "/v1/publications/{publication_id}/post",
    status_code=202,
    operation_id="publications_delete_post",
    summary="Delete your post on the network",
    dependencies=_PERSON,
)
async def delete_post(publication_id: UUID, call: Current) -> PostDeletionRead:
    """Asks the network, right after this, to delete your published post; it cannot be brought back.

    Send the ETag of the publication as `If-Match`. Where we cannot, the refusal `delete_by_hand` says how you can.
    """
    publication = await repository.get_own_publication(
        call.session, employee_id=call.actor.person(), publication_id=publication_id, lock=True
    )
    call.must_match(publication)
    deletion = await deletions.ask(call.session, call.actor, publication)
    call.headers["Location"] = f"/v1/publications/{publication.id}/post"
    return read_deletion(call, deletion, publication)


@router.get(
    "/v1/publications/{publication_id}/post",
    operation_id="publications_get_deletion",
    summary="Read what became of deleting your post",
    dependencies=_PERSON,
)
async def get_deletion(publication_id: UUID, call: Current) -> PostDeletionRead:
    """Answers how the deletion stands that you asked for last; 404 where you never did."""
    publication = await repository.get_own_publication(
        call.session, employee_id=call.actor.person(), publication_id=publication_id
    )
    deletion = await repository.find_deletion(call.session, publication.id)
    if deletion is None:
        raise NotFound(thing="deletion")
    call.answers(deletion)
    return read_deletion(call, deletion, publication)


def read_deletion(call: Call, deletion: PostDeletion, publication: Publication) -> PostDeletionRead:
    """A deletion for its person."""
    return PostDeletionRead(
        id=deletion.id,
        publication_id=deletion.publication_id,
        state=deletion.state,
        reason=deletion.reason,
        words=deletions.explain(deletion, publication, call.language),
        next_try_at=deletion.due_at,
        created_at=deletion.created_at,
        finished_at=deletion.finished_at,
    )
