"""What our pages share: the templates, the headers that go with each, and the page that says just one thing."""

from __future__ import annotations

from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape

from services.core.kit.texts import Language

_TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=select_autoescape())


def page(name: str, language: Language, *, allows: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page of ours, that nobody keeps, frames or lists; ``allows`` is what its policy lets it load and do."""
    html = _TEMPLATES.get_template(name).render(language=language.value, direction=language.direction, **values)
    headers = {
        "Content-Security-Policy": f"default-src 'none'; {allows}; base-uri 'none'; frame-ancestors 'none'",
        "Content-Language": language.value,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
    }
    return HTMLResponse(html, status, headers=headers)


def message(
    language: Language, title: str, words: str, *, status: int = 200, code: str | None = None, button: str | None = None
) -> HTMLResponse:
    """A page that says something; ``code`` is shown large, ``button`` sends an empty form to the page's own address."""
    return page(
        "message.html",
        language,
        allows="style-src 'unsafe-inline'",
        status=status,
        title=title,
        words=words,
        code=code,
        button=button,
    )
