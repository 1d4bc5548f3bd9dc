"""Which platform fits an organization: what each vendor declares, weighed against what the organization needs.

Pure, and never a hidden opinion: each aspect has a score from 0 to 1, the sentence that explains it, and where the
fact comes from. What is not known of a vendor has no score, takes no part in the total, and lowers the share of the
answer that rests on facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import ConnectorKind, CostBasis, Level, Manifest, PersonData, SetupEffort, VerifiedHow
from services.core.kit.texts import Text


class Aspect(StrEnum):
    """What a platform is judged by (the fifth lesson: lay the foundations, then choose what fits)."""

    SIZE = "size"
    COMPLEXITY = "complexity"
    CULTURE = "culture"
    COST = "cost"
    EFFORT = "effort"
    EASE = "ease"
    SUPPORT = "support"
    LANGUAGES = "languages"
    CAPABILITIES = "capabilities"


@dataclass(frozen=True)
class Needs:
    """What an organization looks for. What it leaves open is not judged."""

    people: int | None = None
    #: How many companies, countries and teams have to live under one roof.
    structure: Level | None = None
    #: The most that the culture lets an employer see of one person's sharing.
    person_data: PersonData | None = None
    #: In the currency of the prices.
    monthly_budget: Decimal | None = None
    #: What vendors quoted, by slug: for a seat and month, a post, or a month, as each one charges.
    quotes: Mapping[str, Decimal] = field(default_factory=dict)
    posts_per_month: int | None = None
    #: The most set-up work that can be done.
    effort: SetupEffort | None = None
    support: Level | None = None
    wants_ease: bool = True
    #: BCP 47 tags of the people's languages.
    languages: tuple[str, ...] = ()
    required: frozenset[Capability] = frozenset()
    #: 0 leaves an aspect out; 1 unless said otherwise.
    weights: Mapping[Aspect, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """One aspect of one connector."""

    aspect: Aspect
    weight: int
    #: 0 to 1; None: not known, or not asked.
    score: float | None
    because: Text
    source: str | None = None


@dataclass(frozen=True)
class Fit:
    """How well one connector fits."""

    slug: str
    title: str
    aspects: tuple[Judged, ...]
    #: The weighted mean of what is known; None if nothing is.
    score: float | None
    #: The share of the weights that rests on something known.
    known_share: float
    #: Required capabilities that it does not have; with any, it does not fit whatever its score.
    missing: tuple[Capability, ...]


_LEVELS = {Level.LOW: 1, Level.MEDIUM: 2, Level.HIGH: 3}
_SEEN = {PersonData.NOTHING: 0, PersonData.COUNTS: 1, PersonData.EVERYTHING: 2}
_EFFORTS = {SetupEffort.NONE: 0, SetupEffort.MINUTES: 1, SetupEffort.DAYS: 2, SetupEffort.WEEKS: 3}

_NOT_KNOWN = Text(en="Nothing reliable is known about it.", he="אין על כך מידע מהימן.")
_NOT_ASKED = Text(en="You said nothing about what you need here.", he="לא צוין מה נדרש כאן.")

_LEVEL_WORDS = {
    Level.LOW: Text(en="low", he="נמוכה"),
    Level.MEDIUM: Text(en="medium", he="בינונית"),
    Level.HIGH: Text(en="high", he="גבוהה"),
}
_SEEN_WORDS = {
    PersonData.NOTHING: Text(en="nothing of single people", he="שום דבר על אנשים יחידים"),
    PersonData.COUNTS: Text(en="counts per person", he="מספרים לכל אדם"),
    PersonData.EVERYTHING: Text(en="everything a person shared", he="כל מה שאדם שיתף"),
}
_EFFORT_WORDS = {
    SetupEffort.NONE: Text(en="nothing", he="ללא הקמה"),
    SetupEffort.MINUTES: Text(en="minutes", he="דקות"),
    SetupEffort.DAYS: Text(en="days", he="ימים"),
    SetupEffort.WEEKS: Text(en="weeks", he="שבועות"),
}


def judge(manifest: Manifest, needs: Needs) -> Fit:
    """Weigh one connector."""
    aspects = tuple(
        Judged(aspect, needs.weights.get(aspect, 1), *_JUDGES[aspect](manifest, needs), _source(manifest, aspect))
        for aspect in Aspect
    )
    counted = [one for one in aspects if one.weight > 0 and one.because is not _NOT_ASKED]
    known = [(one.weight, one.score) for one in counted if one.score is not None]
    known_weight = sum(weight for weight, _ in known)
    all_weight = sum(one.weight for one in counted)
    return Fit(
        slug=manifest.slug,
        title=manifest.title,
        aspects=aspects,
        score=sum(weight * score for weight, score in known) / known_weight if known_weight else None,
        known_share=known_weight / all_weight if all_weight else 0.0,
        missing=tuple(sorted(needs.required - manifest.capabilities)),
    )


def compare(manifests: Iterable[Manifest], needs: Needs) -> list[Fit]:
    """All connectors but directories, the best first; those that lack what is required come last."""
    found = [judge(one, needs) for one in manifests if one.kind is not ConnectorKind.DIRECTORY]
    return sorted(found, key=lambda fit: (bool(fit.missing), -(fit.score or 0.0), -fit.known_share, fit.slug))


def monthly_cost(manifest: Manifest, needs: Needs) -> Decimal | None:
    """What a month would cost by the vendor's basis and the quoted (else published) price; None: not to be said."""
    cost = manifest.cost
    if cost is None:
        return None
    if cost.basis is CostBasis.FREE:
        return Decimal(0)
    price = needs.quotes.get(manifest.slug, cost.amount)
    if price is None:
        return None
    match cost.basis:
        case CostBasis.PER_SEAT:
            return price * needs.people if needs.people is not None else None
        case CostBasis.PER_POST:
            return price * needs.posts_per_month if needs.posts_per_month is not None else None
        case _:
            return price


def _source(manifest: Manifest, aspect: Aspect) -> str | None:
    names = {
        Aspect.SIZE: "people", Aspect.COMPLEXITY: "structure", Aspect.CULTURE: "person_data", Aspect.EASE: "ease",
        Aspect.SUPPORT: "support",
    }  # fmt: skip
    if aspect in names:
        because = manifest.fit.because
        return because.get(names[aspect]) or because.get(f"{names[aspect]}_from")
    if aspect is Aspect.COST:
        return manifest.cost.source if manifest.cost else None
    if aspect is Aspect.CAPABILITIES and manifest.verified.how is not VerifiedHow.REAL_API:
        return f"{manifest.verified.source} (tried against a {manifest.verified.how.value}, not the real API)"
    return manifest.verified.source


def _size(manifest: Manifest, needs: Needs) -> tuple[float | None, Text]:
    facts, people = manifest.fit, needs.people
    if people is None:
        return None, _NOT_ASKED
    if facts.people_from is None and facts.people_to is None:
        return None, _NOT_KNOWN
    low, high = facts.people_from or 1, facts.people_to
    values = {"low": low, "high": high or "∞", "people": people}
    if low <= people and (high is None or people <= high):
        text = Text(
            en="Usual for {low} to {high} people; you have {people}.",
            he="מקובלת ל-{low} עד {high} אנשים; אצלכם {people}.",
        )
        return 1.0, _filled(text, **values)
    # Half as many or twice as many as usual is half as good.
    distance = low / people if people < low else people / (high or people)
    text = Text(
        en="Usual for {low} to {high} people, and you have {people}.",
        he="מקובלת ל-{low} עד {high} אנשים, ואצלכם {people}.",
    )
    return round(1 / distance, 2), _filled(text, **values)


def _complexity(manifest: Manifest, needs: Needs) -> tuple[float | None, Text]:
    return _level(
        manifest.fit.structure,
        needs.structure,
        Text(
            en="Its support for several companies, countries and teams is {has}; you need {wants}.",
            he="התמיכה בכמה חברות, מדינות וצוותים: {has}; אצלכם נדרשת {wants}.",
        ),
    )


def _support(manifest: Manifest, needs: Needs) -> tuple[float | None, Text]:
    return _level(
        manifest.fit.support,
        needs.support,
        Text(en="The vendor's support is {has}; you want {wants}.", he="תמיכת הספק: {has}; אצלכם נדרשת {wants}."),
    )


def _level(has: Level | None, wants: Level | None, text: Text) -> tuple[float | None, Text]:
    if wants is None:
        return None, _NOT_ASKED
    if has is None:
        return None, _NOT_KNOWN
    score = min(1.0, _LEVELS[has] / _LEVELS[wants])
    return round(score, 2), _filled(text, has=_LEVEL_WORDS[has], wants=_LEVEL_WORDS[wants])


def _culture(manifest: Manifest, needs: Needs) -> tuple[float | None, Text]:
    if needs.person_data is None:
        return None, _NOT_ASKED
    shows = manifest.fit.person_data
    if shows is None:
        return None, _NOT_KNOWN
    text = Text(
        en="There an employer can see {shows}; your culture allows at most {allows}.",
        he="מה שהמעסיק יכול לראות שם: {shows}; התרבות אצלכם מתירה לכל היותר: {allows}.",
    )
    over = max(0, _SEEN[shows] - _SEEN[needs.person_data])
    return (1.0, 0.3, 0.0)[over], _filled(text, shows=_SEEN_WORDS[shows], allows=_SEEN_WORDS[needs.person_data])


def _cost(manifest: Manifest, needs: Needs) -> tuple[float | None, Text]:
    if needs.monthly_budget is None:
        return None, _NOT_ASKED
    cost = monthly_cost(manifest, needs)
    if cost is None:
        return None, Text(
            en="The vendor publishes no price; enter what it quoted you.",
            he="הספק אינו מפרסם מחיר; יש להזין את הצעת המחיר שהתקבלה.",
        )
    text = Text(en="A month costs about {cost}, out of {budget}.", he="חודש עולה בערך {cost}, מתוך תקציב של {budget}.")
    filled = _filled(text, cost=f"{cost:.2f}", budget=f"{needs.monthly_budget:.2f}")
    if cost == 0:
        return 1.0, filled
    if needs.monthly_budget <= 0:
        return 0.0, filled
    share = float(cost / needs.monthly_budget)
    # Half of the budget or less is as good as it gets; the whole is half as good, and above it nothing is left.
    return (round(max(0.0, min(1.0, 1.5 - share)), 2) if share <= 1 else 0.0), filled


def _effort(manifest: Manifest, needs: Needs) -> tuple[float | None, Text]:
    if needs.effort is None:
        return None, _NOT_ASKED
    over = max(0, _EFFORTS[manifest.setup_effort] - _EFFORTS[needs.effort])
    text = Text(en="Set-up takes: {takes}. You can give: {gives}.", he="זמן ההקמה: {takes}. אצלכם אפשר: {gives}.")
    filled = _filled(text, takes=_EFFORT_WORDS[manifest.setup_effort], gives=_EFFORT_WORDS[needs.effort])
    return (1.0, 0.5, 0.2, 0.0)[over], filled


def _ease(manifest: Manifest, needs: Needs) -> tuple[float | None, Text]:
    if not needs.wants_ease:
        return None, _NOT_ASKED
    if manifest.fit.ease is None:
        return None, _NOT_KNOWN
    text = Text(en="Ease of sharing for an ambassador: {has}.", he="קלות השיתוף לשגריר: {has}.")
    return round(_LEVELS[manifest.fit.ease] / 3, 2), _filled(text, has=_LEVEL_WORDS[manifest.fit.ease])


def _languages(manifest: Manifest, needs: Needs) -> tuple[float | None, Text]:
    if not needs.languages:
        return None, _NOT_ASKED
    spoken = {one.partition("-")[0] for one in manifest.languages}
    there = [one for one in needs.languages if one.partition("-")[0] in spoken]
    missing = [one for one in needs.languages if one not in there]
    text = (
        Text(en="Its pages do not speak: {missing}.", he="הממשק אינו זמין בשפות: {missing}.")
        if missing
        else Text(en="Its pages speak all your languages.", he="הממשק זמין בכל השפות שלכם.")
    )
    return round(len(there) / len(needs.languages), 2), _filled(text, missing=", ".join(missing))


def _capabilities(manifest: Manifest, needs: Needs) -> tuple[float | None, Text]:
    if not needs.required:
        return None, _NOT_ASKED
    missing = sorted(needs.required - manifest.capabilities)
    text = (
        Text(en="It cannot do: {missing}.", he="אין בה: {missing}.")
        if missing
        else Text(en="It can do all that you require.", he="יש בה כל מה שנדרש.")
    )
    score = 1 - len(missing) / len(needs.required)
    return round(score, 2), _filled(text, missing=", ".join(one.label for one in missing))


def _filled(text: Text, **values: object) -> Text:
    def words(value: object, language: str) -> object:
        return getattr(value, language) if isinstance(value, Text) else value

    return Text(
        en=text.en.format(**{name: words(value, "en") for name, value in values.items()}),
        he=text.he.format(**{name: words(value, "he") for name, value in values.items()}),
    )


_JUDGES = {
    Aspect.SIZE: _size,
    Aspect.COMPLEXITY: _complexity,
    Aspect.CULTURE: _culture,
    Aspect.COST: _cost,
    Aspect.EFFORT: _effort,
    Aspect.EASE: _ease,
    Aspect.SUPPORT: _support,
    Aspect.LANGUAGES: _languages,
    Aspect.CAPABILITIES: _capabilities,
}
