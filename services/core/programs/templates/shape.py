"""What a template holds. Everything is data, in both languages; nobody is named and nothing in it is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.core.kit.texts import Language, Text
from services.core.programs.models import BenefitKind, Function, GoalKind


@dataclass(frozen=True)
class TemplateGoal:
    """A goal with the KPI it is set in and a target to start the talk with."""

    kpi: str
    kind: GoalKind
    heading: str
    title: Text
    baseline: int
    target: int
    due_in_days: int
    #: Why this number, and when to choose another.
    hint: Text


@dataclass(frozen=True)
class TemplatePolicy:
    """The draft of a policy: words for people, and rules that a check reads."""

    title: Text
    summary: Text
    dos: tuple[Text, ...]
    donts: tuple[Text, ...]
    #: As the policies' API takes them.
    rules: tuple[Mapping[str, Any], ...]

    def texts(self, languages: list[Language]) -> dict[Language, dict[str, Any]]:
        """The words in each of some languages."""
        return {
            language: {
                "summary": self.summary.in_language(language),
                "dos": [line.in_language(language) for line in self.dos],
                "donts": [line.in_language(language) for line in self.donts],
            }
            for language in languages
        }


@dataclass(frozen=True)
class TemplatePersona:
    """Whom the program looks for."""

    description: Text
    #: As the ambassadors' API takes them.
    criteria: Mapping[str, Any]
    terms: Mapping[str, Any]


@dataclass(frozen=True)
class TemplateTheme:
    """Something to speak about, and how many items a week."""

    slug: str
    title: Text
    hint: Text
    items_per_week: int


@dataclass(frozen=True)
class TemplateChannel:
    """How a network is used; as the channels' API takes it."""

    network: str
    rules: Mapping[str, Any]


@dataclass(frozen=True)
class TemplateModule:
    """A training that the program needs, by its title."""

    topic: str
    title: Text


@dataclass(frozen=True)
class TemplateBenefit:
    """Something to give to those who take part."""

    kind: BenefitKind
    title: Text
    description: Text
    #: As the benefits' API takes it.
    eligibility: Mapping[str, Any]


@dataclass(frozen=True)
class Template:
    """A whole program to start from."""

    slug: str
    title: Text
    summary: Text
    #: What a post says about who is speaking.
    disclosure: Text
    goals: tuple[TemplateGoal, ...]
    policy: TemplatePolicy
    persona: TemplatePersona
    themes: tuple[TemplateTheme, ...]
    #: The kinds of period that are planned.
    cadence: tuple[str, ...]
    channels: tuple[TemplateChannel, ...]
    responsibilities: Mapping[Function, Text]
    modules: tuple[TemplateModule, ...]
    benefits: tuple[TemplateBenefit, ...]

    @property
    def networks(self) -> list[str]:
        """The networks that it is used on."""
        return [channel.network for channel in self.channels]
