"""Who sees what of a person, for that person."""

from __future__ import annotations

from fastapi import APIRouter

from services.api.dependencies import Current, allow
from services.api.routing import Router
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Door
from services.core.platforms import visibility
from services.core.platforms.visibility import SeenRead

router: APIRouter = Router(tags=["Me"])


@router.get(
    "/v1/me/visibility",
    operation_id="my_visibility_get",
    summary="Who sees what of me",
    dependencies=[allow(Door.PERSON)],
)
async def get_visibility(call: Current) -> Listing[SeenRead]:
    """Says in your language who sees what of you, here and in the platforms that your employer let you into.

    These are the rules that the API enforces, not a promise beside it: what no role sees, no role can ask for.
    """
    seen = visibility.of_the_product(call.language, k=call.settings.min_group_size)
    seen += await visibility.of_platforms(call.session, call.actor.person(), call.language)
    return Listing(data=[SeenRead.model_validate(one) for one in seen], next_cursor=None)
