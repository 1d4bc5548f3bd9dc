"""Templates as readers get them, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from services.core.kit.schemas import ReadModel
from services.core.programs.models import BenefitKind, Function, GoalKind


class TemplateListed(ReadModel):
    """A program to start from."""

    slug: str = Field(examples=["employer-branding"])
    title: str
    summary: str


class TemplateGoalRead(ReadModel):
    """A goal with a target to start the talk with."""

    kpi: str
    kpi_title: str
    unit: str
    kind: GoalKind
    heading: str
    title: str
    baseline: int
    target: int
    due_in_days: int
    hint: str


class TemplatePolicyRead(ReadModel):
    """The draft of a policy."""

    title: str
    summary: str
    dos: list[str]
    donts: list[str]
    rules: list[Mapping[str, Any]] = Field(description="As a policy version takes them.")


class TemplatePersonaRead(ReadModel):
    """Whom the program looks for."""

    description: str
    criteria: Mapping[str, Any] = Field(description="As a persona takes them.")
    terms: Mapping[str, Any]


class TemplateThemeRead(ReadModel):
    """Something to speak about."""

    slug: str
    title: str
    hint: str
    items_per_week: int


class TemplateChannelRead(ReadModel):
    """How a network is used."""

    network: str
    rules: Mapping[str, Any] = Field(description="As a channel takes them.")


class TemplateResponsibilityRead(ReadModel):
    """What somebody has to be named for, and what they do."""

    function: Function
    what: str


class TemplateModuleRead(ReadModel):
    """A training that the program needs."""

    topic: str
    title: str


class TemplateBenefitRead(ReadModel):
    """Something to give to those who take part."""

    kind: BenefitKind
    title: str
    description: str
    eligibility: Mapping[str, Any] = Field(description="As a benefit takes it.")


class TemplateRead(TemplateListed):
    """A whole program to start from. POST /v1/programs with its slug drafts it; nothing is in force by that."""

    disclosure: str
    goals: list[TemplateGoalRead]
    policy: TemplatePolicyRead
    persona: TemplatePersonaRead
    themes: list[TemplateThemeRead]
    cadence: list[str]
    channels: list[TemplateChannelRead]
    responsibilities: list[TemplateResponsibilityRead]
    modules: list[TemplateModuleRead] = Field(
        description="Titles alone: make those you want with POST /v1/training-modules."
    )
    benefits: list[TemplateBenefitRead]
