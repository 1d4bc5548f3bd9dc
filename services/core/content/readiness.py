"""What stands against offering an item, and what is worth a look before anybody plans a post of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import MediaKind
from services.core.assets import repository as asset_rows
from services.core.assets import service as assets
from services.core.assets.models import Asset, AssetKind
from services.core.assets.names import KIND_NAMES
from services.core.content import repository, rules
from services.core.content.errors import FunctionApprovalNeeded
from services.core.content.models import ContentItem, Variant
from services.core.kit.errors import FieldProblem, Invalid
from services.core.kit.texts import Language, Text, listed
from services.core.programs.models import Function, Program
from services.core.programs.rules import FUNCTION_NAMES

_WHY_SHARE = Text(
    en="Say in {language} why an ambassador may want to share it (why_share).",
    he="יש לכתוב ב-{language} מדוע כדאי לשתף (why_share).",
)
_ALT_TEXT = Text(
    en="Say in {language} what the picture shows: PATCH /v1/assets/{asset_id} with alt_texts. If it says nothing at "
    "all, give the reason in accessibility_override.",
    he="יש לתאר ב-{language} מה רואים בתמונה: PATCH /v1/assets/{asset_id} עם alt_texts. אם אין בה תוכן, יש לנמק "
    "ב-accessibility_override.",
)
_CAPTIONS = Text(
    en="Add captions in {language}: PATCH /v1/assets/{asset_id} with captions. If nobody speaks in it, give the "
    "reason in accessibility_override.",
    he="יש להוסיף כתוביות ב-{language}: PATCH /v1/assets/{asset_id} עם captions. אם אין בו דיבור, יש לנמק "
    "ב-accessibility_override.",
)
_NO_ASSET = Text(
    en="There is no such file. Send it with POST /v1/assets.", he="אין קובץ כזה. יש לשלוח ל-POST /v1/assets."
)
_RESHARE = Text(
    en="A post that passes on another one has no files of its own. Remove asset_ids or reshare_of.",
    he="לפוסט שמשתף פוסט אחר אין קבצים משלו. יש להסיר את asset_ids או את reshare_of.",
)
_TOGETHER = Text(
    en="A post shows pictures, or one document, or one video. Leave out the others.",
    he="פוסט מציג תמונות, או מסמך אחד, או סרטון אחד. יש להסיר את היתר.",
)
_NO_MEDIA = Text(
    en="{connector} takes no files from us: whoever shares through it has to leave them out.",
    he="{connector} אינה מקבלת מאיתנו קבצים: מי שמשתף דרכה יצטרך לוותר עליהם.",
)
_TYPE_NOT_TAKEN = Text(
    en="{connector} takes no {kind} of the type {content_type}. Send it in another one.",
    he="{connector} אינה מקבלת קובץ ({kind}) מסוג {content_type}. יש לשלוח בסוג אחר.",
)
_TOO_LARGE = Text(
    en="{connector} takes at most {limit} bytes of a {kind}; this one has {size}.",
    he="{connector} מקבלת עד {limit} בתים בקובץ ({kind}); בקובץ זה {size}.",
)
_TOO_MANY = Text(
    en="{connector} shows at most {limit} of these in one post: {count} are too many.",
    he="{connector} מציגה עד {limit} כאלה בפוסט אחד: {count} הם יותר מדי.",
)
_TEXT_TOO_LONG = Text(
    en="The text has {count} characters; {connector} shows at most {limit}.",
    he="בטקסט {count} תווים; {connector} מציגה עד {limit}.",
)
_NO_COMMENT = Text(
    en="{connector} lets us write no first comment: it is left out there.",
    he="{connector} אינה מאפשרת לנו לכתוב תגובה ראשונה: היא תושמט שם.",
)
_LINK_IN_TEXT = Text(
    en="Next to these files there is no card: the link stands at the end of the text.",
    he="לצד קבצים אלה אין כרטיס קישור: הקישור יופיע בסוף הטקסט.",
)


@dataclass
class Found:
    """What an item still needs, and what is worth a look."""

    missing: list[FieldProblem] = field(default_factory=list)
    warnings: list[FieldProblem] = field(default_factory=list)
    functions_missing: list[Function] = field(default_factory=list)
    languages_missing: list[Language] = field(default_factory=list)


async def assets_of(session: AsyncSession, variants: Sequence[Variant]) -> dict[UUID, Asset]:
    """The files that variants show; no query when they show none."""
    ids = {UUID(one) for variant in variants for one in variant.asset_ids}
    return {asset.id: asset for asset in await asset_rows.list_by_ids(session, sorted(ids))}


async def check_attached(
    session: AsyncSession, *, asset_ids: Sequence[UUID], reshare_of: str | None, language: Language
) -> None:
    """Raise Invalid for files that this variant cannot show: unknown, without words for the blind, not together."""
    if not asset_ids:
        return
    if reshare_of is not None:
        raise Invalid(problems=[FieldProblem("/asset_ids", "reshare_with_files", _RESHARE)])
    found = {asset.id: asset for asset in await asset_rows.list_by_ids(session, asset_ids)}
    problems = []
    for place, asset_id in enumerate(asset_ids):
        asset = found.get(asset_id)
        if asset is None:
            problems.append(FieldProblem(f"/asset_ids/{place}", "no_such_asset", _NO_ASSET))
        elif assets.lacks_words(asset, language):
            problems.append(_lacking(f"/asset_ids/{place}", asset, language))
    kinds = {asset.kind for asset in found.values()}
    if len(set(asset_ids)) != len(asset_ids) or len(kinds) > 1 or (kinds != {AssetKind.IMAGE} and len(asset_ids) > 1):
        problems.append(FieldProblem("/asset_ids", "files_not_together", _TOGETHER))
    if problems:
        raise Invalid(problems=problems)


def _lacking(pointer: str, asset: Asset, language: Language) -> FieldProblem:
    values: dict[str, object] = {"language": language.value, "asset_id": asset.id}
    if asset.kind is AssetKind.IMAGE:
        return FieldProblem(pointer, "alt_text_missing", _ALT_TEXT, values)
    return FieldProblem(pointer, "captions_missing", _CAPTIONS, values)


async def look(
    session: AsyncSession, item: ContentItem, program: Program, *, variants: Sequence[Variant] | None = None
) -> Found:
    """Look at everything. Nothing is missing from an item whose words may be offered."""
    if variants is None:
        variants = await repository.list_variants(session, item.id)
    files = await assets_of(session, variants)
    found = Found()
    if all(variant.language is not program.default_language for variant in variants):
        language = program.default_language
        values: dict[str, object] = {"language": language.value}
        found.missing.append(FieldProblem(f"/variants/{language.value}", "why_share_missing", _WHY_SHARE, values))
    for variant in variants:
        place = f"/variants/{variant.network}/{variant.language.value}"
        if not any(character.isalnum() for character in variant.why_share):
            values = {"language": variant.language.value}
            found.missing.append(FieldProblem(f"{place}/why_share", "why_share_missing", _WHY_SHARE, values))
        shown = [files[UUID(one)] for one in variant.asset_ids if UUID(one) in files]
        found.missing += [
            _lacking(f"{place}/assets/{asset.id}", asset, variant.language)
            for asset in shown
            if assets.lacks_words(asset, variant.language)
        ]
        found.warnings += warnings_of(variant, shown, place=place)
    spoken = {variant.language for variant in variants}
    found.languages_missing = [Language(one) for one in program.languages if Language(one) not in spoken]
    found.functions_missing = await functions_missing(session, item)
    return found


async def functions_missing(session: AsyncSession, item: ContentItem) -> list[Function]:
    """The functions whose approval the program's rules ask for and nobody has given."""
    required = await repository.list_required_functions(session, item)
    if not required:
        return []
    approved = await repository.list_approved_functions(session, item)
    return [function for function in required if function.value not in approved]


def must_be_offerable(found: Found) -> None:
    """Raise Invalid or FunctionApprovalNeeded, with what to do, for an item that people may not be shown yet."""
    must_be_complete(found)
    if found.functions_missing:
        raise FunctionApprovalNeeded(functions=listed(FUNCTION_NAMES[one] for one in found.functions_missing))


def must_be_complete(found: Found) -> None:
    """Raise Invalid, with what to do, while something is missing."""
    if found.missing:
        raise Invalid(problems=found.missing)


def warnings_of(variant: Variant, shown: Sequence[Asset], *, place: str = "") -> list[FieldProblem]:
    """What the networks' connectors say beforehand about a variant: the vendor decides, we tell."""
    warnings = [
        FieldProblem(f"{place}/text", code, words, {"limit": rules.LONG_TEXT})
        for code, words in rules.warnings_about(variant.text).items()
    ]
    if not any(character.isalnum() for character in variant.why_share):
        values: dict[str, object] = {"language": variant.language.value}
        warnings.append(FieldProblem(f"{place}/why_share", "why_share_missing", _WHY_SHARE, values))
    for manifest in _publishers(variant.network):
        warnings += _limits(manifest, variant, shown, place)
    if is_link_in_text(variant.network, variant.reshare_of, [asset.kind for asset in shown]):
        warnings.append(FieldProblem(f"{place}/asset_ids", "link_in_text", _LINK_IN_TEXT))
    return warnings


def is_link_in_text(network: str, reshare_of: str | None, kinds: Sequence[AssetKind]) -> bool:
    """Whether a post has no card for its link, which then stands at the end of its text.

    One picture is that of the card; networks show no card beside anything else, and some never do.
    """
    if reshare_of is not None or (bool(kinds) and list(kinds) != [AssetKind.IMAGE]):
        return True
    return any(not manifest.has_link_cards for manifest in _publishers(network))


def _publishers(network: str) -> list[Manifest]:
    return [
        one.manifest
        for one in registry.list_connectors()
        if network in one.manifest.networks and Capability.PUBLISH_AS_MEMBER in one.manifest.capabilities
    ]


def _limits(manifest: Manifest, variant: Variant, shown: Sequence[Asset], place: str) -> list[FieldProblem]:
    named: Mapping[str, object] = {"connector": manifest.title}
    warnings = []
    most = manifest.advisory.text_max_chars
    if most is not None and most != rules.LONG_TEXT and len(variant.text) > most:
        values = {**named, "limit": most, "count": len(variant.text)}
        warnings.append(FieldProblem(f"{place}/text", "text_too_long", _TEXT_TOO_LONG, values))
    if variant.first_comment and Capability.COMMENT_AS_MEMBER not in manifest.capabilities:
        warnings.append(FieldProblem(f"{place}/first_comment", "no_first_comment", _NO_COMMENT, dict(named)))
    if shown and Capability.UPLOAD_MEDIA not in manifest.capabilities:
        return [*warnings, FieldProblem(f"{place}/asset_ids", "media_not_possible", _NO_MEDIA, dict(named))]
    for asset in shown:
        pointer = f"{place}/assets/{asset.id}"
        limit = manifest.media_limit(MediaKind(asset.kind.value))
        values = {**named, "kind": KIND_NAMES[asset.kind], "content_type": asset.content_type}
        if limit is None or asset.content_type not in limit.content_types:
            warnings.append(FieldProblem(pointer, "media_type_not_taken", _TYPE_NOT_TAKEN, values))
        elif asset.size_bytes > limit.max_bytes:
            values = {**values, "limit": limit.max_bytes, "size": asset.size_bytes}
            warnings.append(FieldProblem(pointer, "media_too_large", _TOO_LARGE, values))
        elif len(shown) > limit.most_per_post:
            values = {**named, "limit": limit.most_per_post, "count": len(shown)}
            warnings.append(FieldProblem(f"{place}/asset_ids", "too_many_files", _TOO_MANY, values))
            break
    return warnings
