"""The launch kit as a page that stands alone, and as text to paste into a mail."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.core.kit.texts import Text
from services.core.launches.announcing import isolate
from services.core.launches.schemas import KitRead
from services.core.reports import formulas
from services.core.reports.html import Page, plain_value

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_RESULTS = (
    formulas.PUBLISHED_SHARES,
    formulas.ACTIVE_SHARERS,
    formulas.HUMAN_CLICKS,
    formulas.IMPRESSIONS,
    formulas.ENGAGEMENTS,
)
_WORDS: dict[str, Text] = {
    "ambassadors": Text(en="Some of our ambassadors", he="חלק מהשגרירים שלנו"),
    "examples": Text(en="Posts from the pilot", he="פוסטים מהפיילוט"),
    "results": Text(en="First results", he="תוצאות ראשונות"),
    "goals": Text(en="On the way to the goals", he="בדרך אל היעדים"),
    "call": Text(en="Join", he="הצטרפות"),
    "see_post": Text(en="See the post", he="לצפייה בפוסט"),
    "places": Text(en="Places: {places}", he="מספר המקומות: {places}"),
    "until": Text(en="Until {until} ({zone})", he="עד {until} ({zone})"),
    "small": Text(
        en="Numbers of few people are not shown. Each says how it was obtained.",
        he="מספרים שמאחוריהם מעט אנשים אינם מוצגים. ליד כל מספר מצוין כיצד התקבל.",
    ),
}


def render(kit: KitRead, *, zone: str, photos: Mapping[UUID, tuple[bytes, str]]) -> str:
    """The page; ``photos`` by profile. It asks nothing of anywhere."""
    language = kit.language
    return _TEMPLATES.get_template("kit.html").render(
        kit=kit,
        page=Page(language),
        language=language.value,
        direction=language.direction,
        words={name: text.in_language(language) for name, text in _WORDS.items() if name not in ("places", "until")},
        call_facts=_call_facts(kit, zone),
        results=_RESULTS,
        photos={
            profile_id: f"data:{kind};base64,{base64.b64encode(data).decode()}"
            for profile_id, (data, kind) in photos.items()
        },
    )


def write(kit: KitRead, *, zone: str) -> str:
    """The same as plain text, without pictures. Words of people are set apart by marks, whichever way they run."""
    language = kit.language
    page = Page(language)
    lines = [kit.title, "", *kit.announcement]
    if kit.ambassadors:
        lines += ["", _WORDS["ambassadors"].in_language(language)]
        lines += [f"• {isolate(one.name)}: {isolate(one.text)}" for one in kit.ambassadors]
    if kit.examples:
        lines += ["", _WORDS["examples"].in_language(language)]
        lines += [
            f"• {isolate(one.text)}" + (f" {isolate(one.permalink)}" if one.permalink else "") for one in kit.examples
        ]
    lines += ["", _WORDS["results"].in_language(language)]
    for formula in _RESULTS:
        number = getattr(kit.results, formula.name)
        value = page.reason(number) if number.value is None else isolate(plain_value(number.value, number.unit))
        lines.append(f"• {page.title(formula)}: {value} ({page.method(number.method)})")
    lines.append(_WORDS["small"].in_language(language))
    if kit.open_call is not None:
        lines += ["", isolate(kit.open_call.title), isolate(kit.open_call.text), *_call_facts(kit, zone)]
        lines.append(isolate(kit.open_call.link))
    return "\n".join(lines) + "\n"


def _call_facts(kit: KitRead, zone: str) -> list[str]:
    call, language = kit.open_call, kit.language
    if call is None:
        return []
    until = f"{call.closes_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    facts = [_WORDS["until"].in_language(language, until=isolate(until), zone=isolate(zone))]
    if call.capacity is not None:
        facts.append(_WORDS["places"].in_language(language, places=call.capacity))
    return facts
