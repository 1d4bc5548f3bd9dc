"""The application: middleware, errors, and every route."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware

from services.api import errors
from services.api.ambassadors import declared, own
from services.api.ambassadors import endpoints as ambassadors
from services.api.assets import endpoints as assets
from services.api.audit import endpoints as audit
from services.api.auth import endpoints as auth
from services.api.auth import providers as identity_providers
from services.api.auth.callers import CSRF_HEADER
from services.api.coaching import endpoints as coaching
from services.api.connections import endpoints as connections
from services.api.connectors import endpoints as connectors
from services.api.content import endpoints as content
from services.api.content import feedback as content_feedback
from services.api.content import interests, topics
from services.api.conversions import endpoints as conversions
from services.api.edge import Edge
from services.api.employees import endpoints as employees
from services.api.employees import sources as directory_sources
from services.api.events import endpoints as events
from services.api.feeds import endpoints as feeds
from services.api.forecasts import endpoints as forecasts
from services.api.goals import endpoints as goals
from services.api.goals import kpis
from services.api.health import endpoints as health
from services.api.launches import endpoints as launches
from services.api.launches import kit as launch_kit
from services.api.links import endpoints as links
from services.api.measurement import endpoints as measurement
from services.api.moves import endpoints as moves
from services.api.needs import endpoints as needs
from services.api.openapi import build
from services.api.organizations import endpoints as organizations
from services.api.pages import callback, calls, docs, join, reconnect, signin
from services.api.plans import endpoints as plans
from services.api.platforms import audiences, pushes, visibility
from services.api.platforms import endpoints as platforms
from services.api.policies import endpoints as policies
from services.api.policies import mine as my_policies
from services.api.privacy import endpoints as privacy
from services.api.programs import benefits, commitments, setup, templates
from services.api.programs import endpoints as programs
from services.api.proposals import endpoints as proposals
from services.api.recruitment import endpoints as recruitment
from services.api.reports import endpoints as reports
from services.api.scim import endpoints as groups
from services.api.scim.server import ScimServer
from services.api.shares import deletions as post_deletions
from services.api.shares import endpoints as shares
from services.api.shares import reviews as text_reviews
from services.api.stops import endpoints as stops
from services.api.surveys import endpoints as surveys
from services.api.training import endpoints as training
from services.api.training import own as my_training
from services.api.webhooks import endpoints as webhooks
from services.core.kit import crypto
from services.core.kit.db import Database
from services.core.kit.ids import new_id
from services.core.kit.logging import configure_logging
from services.core.kit.settings import Settings, get_settings
from services.core.organizations.identity_tokens import Issuers

_EXPOSED = ["ETag", "Location", "Retry-After", "X-Request-Id", "Idempotency-Replayed"]
_ACCEPTED = [
    "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-Id", CSRF_HEADER,
]  # fmt: skip

ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    identity_providers.router,
    organizations.router,
    employees.router,
    directory_sources.router,
    groups.router,
    programs.router,
    setup.router,
    templates.router,
    benefits.router,
    commitments.router,
    launches.router,
    launch_kit.router,
    launch_kit.mine,
    plans.router,
    kpis.router,
    goals.router,
    policies.router,
    my_policies.router,
    ambassadors.router,
    ambassadors.mine,
    own.router,
    declared.router,
    recruitment.router,
    recruitment.mine,
    assets.router,
    topics.router,
    content.router,
    content.mine,
    content_feedback.router,
    interests.router,
    feeds.router,
    proposals.router,
    connections.router,
    platforms.router,
    moves.router,
    pushes.router,
    audiences.router,
    visibility.router,
    connectors.router,
    shares.router,
    post_deletions.router,
    stops.router,
    text_reviews.router,
    conversions.router,
    surveys.router,
    measurement.router,
    reports.router,
    forecasts.router,
    links.router,
    webhooks.router,
    events.router,
    audit.router,
    privacy.router,
    callback.router,
    signin.router,
    join.router,
    calls.router,
    reconnect.router,
    training.router,
    my_training.router,
    coaching.router,
    needs.router,
    health.router,
)


def create_app(settings: Settings) -> FastAPI:
    """An application over ``settings``; it opens its database when it starts and closes it when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await app.state.database.open()
        try:
            yield
        finally:
            app.state.draining = True
            await app.state.database.close()

    app = FastAPI(title="Advocacy", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.settings = settings
    app.state.database = Database(settings.database_url, pool_size=settings.database_pool_size)
    app.state.issuers = Issuers(settings)
    app.state.sealer = crypto.Sealer(settings.master_keys)
    app.state.draining = False
    for router in ROUTERS:
        # Routes are added as they are: including a router would wrap them, and each already has its whole path.
        app.router.routes.extend(router.routes)
    if settings.docs_enabled:
        app.router.routes.extend(docs.router.routes)
    app.mount("/scim", ScimServer())
    errors.install(app)
    app.add_middleware(Edge)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST", "PATCH", "PUT", "DELETE"],
            allow_headers=_ACCEPTED,
            # A frontend that is named may use the session of its person; "everybody" may not.
            allow_credentials="*" not in settings.cors_origins,
            expose_headers=_EXPOSED,
        )
    app.add_middleware(
        CorrelationIdMiddleware,
        header_name="X-Request-Id",
        generator=lambda: str(new_id()),
        validator=_is_request_id,
        transformer=lambda value: value,
    )
    app.openapi = lambda: build(app)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def _is_request_id(value: str) -> bool:
    return 0 < len(value) <= 100 and value.isascii() and value.replace("-", "").isalnum()


def app() -> FastAPI:
    """The factory that uvicorn calls."""
    settings = get_settings()
    configure_logging(settings)
    return create_app(settings)
