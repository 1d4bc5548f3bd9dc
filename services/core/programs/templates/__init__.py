"""Programs to start from: whole ones, in Hebrew and English, of which nothing is in force until people say so."""

from __future__ import annotations

from services.core.programs.errors import UnknownTemplate
from services.core.programs.templates.employer_branding import EMPLOYER_BRANDING
from services.core.programs.templates.recruiting import RECRUITING
from services.core.programs.templates.shape import Template
from services.core.programs.templates.social_selling import SOCIAL_SELLING

__all__ = ["TEMPLATES", "Template", "find_template", "get_template"]

TEMPLATES: dict[str, Template] = {one.slug: one for one in (EMPLOYER_BRANDING, RECRUITING, SOCIAL_SELLING)}


def find_template(slug: str) -> Template | None:
    """The template of this name."""
    return TEMPLATES.get(slug)


def get_template(slug: str) -> Template:
    """The template of this name; raise UnknownTemplate for a name in a request body."""
    template = find_template(slug)
    if template is None:
        raise UnknownTemplate(known=", ".join(TEMPLATES))
    return template
