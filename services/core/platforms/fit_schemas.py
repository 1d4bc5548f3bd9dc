"""What the comparison of platforms is asked, and what it answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import Level, PersonData, SetupEffort
from services.core.kit.schemas import ReadModel, WriteModel
from services.core.platforms.fit import Aspect, Fit, Needs

_Tag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
_Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
_Price = Annotated[Decimal, Field(ge=0, le=10_000_000, max_digits=12, decimal_places=4)]


class FitNeeds(WriteModel):
    """What the organization looks for; whatever is left out is not judged."""

    people: int | None = Field(default=None, ge=1, le=10_000_000, description="Ambassadors that shall use it.")
    structure: Level | None = Field(default=None, description="Companies, countries and teams under one roof.")
    person_data: PersonData | None = Field(
        default=None, description="The most your culture lets an employer see of one person's sharing."
    )
    monthly_budget: _Price | None = Field(default=None, description="In the currency of the quotes.")
    quotes: dict[_Slug, _Price] = Field(
        default_factory=dict, max_length=50, description="What vendors quoted: per seat and month, post, or month."
    )
    posts_per_month: int | None = Field(default=None, ge=0, le=10_000_000)
    effort: SetupEffort | None = Field(default=None, description="The most set-up work that can be done.")
    support: Level | None = None
    wants_ease: bool = True
    languages: list[_Tag] = Field(default_factory=list, max_length=30)
    required: list[Capability] = Field(default_factory=list, max_length=40)
    weights: dict[Aspect, Annotated[int, Field(ge=0, le=10)]] = Field(
        default_factory=dict, description="0 leaves an aspect out; 1 unless said otherwise."
    )

    def needs(self) -> Needs:
        """The same, for the comparison."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return Needs(**{**given, "languages": tuple(self.languages), "required": frozenset(self.required)})


class FitText(ReadModel):
    """A sentence in the product's languages."""

    en: str
    he: str


class AspectRead(ReadModel):
    """One aspect: the score from 0 to 1, null where nothing is known or asked, and why."""

    aspect: Aspect
    weight: int
    score: float | None
    because: FitText
    source: str | None


class FitRead(ReadModel):
    """How well a connector fits. One that lacks a required capability does not fit, whatever its score."""

    slug: str
    title: str
    fits: bool
    score: float | None = Field(description="The weighted mean of what is known, 0 to 1.")
    known_share: float = Field(description="The share of the weights that rests on something known.")
    missing: list[Capability]
    aspects: list[AspectRead]

    @classmethod
    def of(cls, fit: Fit) -> FitRead:
        """As the API shows it."""
        return cls(
            slug=fit.slug,
            title=fit.title,
            fits=not fit.missing,
            score=None if fit.score is None else round(fit.score, 3),
            known_share=round(fit.known_share, 3),
            missing=list(fit.missing),
            aspects=[AspectRead.model_validate(one) for one in fit.aspects],
        )
