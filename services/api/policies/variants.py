"""What the rules say about an item's variants, asked when it is sent to review."""

from __future__ import annotations

from dataclasses import replace

from services.api.dependencies import Call
from services.api.policies.reading import read_hits
from services.core.content import repository as content
from services.core.content.models import ContentItem
from services.core.content.schemas import VariantHit
from services.core.kit import db
from services.core.kit.errors import FieldProblem
from services.core.policies import service as policies
from services.core.policies.errors import ContentBroken
from services.core.programs import repository as programs
from services.core.shares import service as shares


async def check(call: Call, item: ContentItem) -> list[VariantHit]:
    """Warnings about an item's variants: what an editor will be asked about, and embargoes that have to end first.

    Each is looked at as an ambassador would be shown it, at the first moment the item may be out. Raises ContentBroken
    for what a rule stops: nobody could share it.
    """
    program = await programs.get_program(call.session, item.program_id)
    versions = await policies.list_rules(call.session, program.id)
    now = await db.now(call.session)
    at = max(moment for moment in (now, item.available_from, item.embargo_until) if moment is not None)
    warnings: list[VariantHit] = []
    problems: list[FieldProblem] = []
    for variant in await content.list_variants(call.session, item.id):
        hits = shares.rule_hits(
            versions,
            shares.proposed_text(variant, program),
            variant.first_comment,
            at=at,
            network=variant.network,
            language=variant.language,
            settings=call.settings,
        )
        place = f"/variants/{variant.network}/{variant.language.value}"
        problems += [
            replace(policies.as_problem(hit), pointer=place) for hit in policies.stops(hits) if hit.until is None
        ]
        warnings += [
            VariantHit(variant_id=variant.id, network=variant.network, **read.model_dump())
            for read in read_hits(versions, hits, language=call.language)
        ]
    if problems:
        raise ContentBroken(problems=problems)
    return warnings
