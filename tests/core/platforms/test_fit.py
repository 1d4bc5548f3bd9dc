"""The comparison of platforms: explained, honest about what is not known, and steered by the organization's weights."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import (
    ApiKey,
    ConnectorKind,
    CostBasis,
    CostModel,
    FitFacts,
    Level,
    Manifest,
    PersonData,
    SettingField,
    SetupEffort,
    Verified,
    VerifiedHow,
)
from services.core.platforms.fit import Aspect, Fit, Judged, Needs, compare, judge


def platform(slug: str = "acme", **more: object) -> Manifest:
    values: dict[str, object] = {
        "slug": slug,
        "title": slug.title(),
        "kind": ConnectorKind.PLATFORM,
        "auth": ApiKey(),
        "settings": (SettingField("key", "Key", secret=True),),
        "capabilities": frozenset({Capability.CHECK, Capability.PUSH_CONTENT}),
        "verified": Verified(VerifiedHow.SIMULATOR, date(2026, 11, 25), "https://example.com/docs"),
        "setup_effort": SetupEffort.DAYS,
        "languages": ("en", "de"),
        **more,
    }
    return Manifest(**values)  # type: ignore[arg-type]


def aspect(fit: Fit, name: Aspect) -> Judged:
    return next(one for one in fit.aspects if one.aspect is name)


class TestOneAspect:
    @pytest.mark.parametrize(("people", "score"), [(50, 1.0), (1_000, 1.0), (25, 0.5), (2_000, 0.5), (400_000, 0.0)])
    def test_size_is_best_where_programmes_on_it_usually_are(self, people: int, score: float) -> None:
        manifest = platform(fit=FitFacts(people_from=50, people_to=1_000))
        assert aspect(judge(manifest, Needs(people=people)), Aspect.SIZE).score == pytest.approx(score, abs=0.01)

    def test_a_platform_that_shows_more_of_people_than_the_culture_allows_loses(self) -> None:
        manifest = platform(fit=FitFacts(person_data=PersonData.EVERYTHING))
        strict = aspect(judge(manifest, Needs(person_data=PersonData.NOTHING)), Aspect.CULTURE)
        open_minded = aspect(judge(manifest, Needs(person_data=PersonData.EVERYTHING)), Aspect.CULTURE)
        assert (strict.score, open_minded.score) == (0.0, 1.0)
        assert "everything a person shared" in strict.because.en
        assert "כל מה שאדם שיתף" in strict.because.he

    def test_a_seat_price_that_was_quoted_is_multiplied_and_held_against_the_budget(self) -> None:
        manifest = platform(cost=CostModel(CostBasis.PER_SEAT))
        needs = Needs(people=200, monthly_budget=Decimal(2000), quotes={"acme": Decimal(5)})
        cost = aspect(judge(manifest, needs), Aspect.COST)
        assert cost.score == 1.0
        assert "1000.00" in cost.because.en
        assert aspect(judge(manifest, Needs(people=500, monthly_budget=Decimal(2000), quotes={"acme": Decimal(5)})),
                      Aspect.COST).score == 0.0  # fmt: skip

    def test_without_a_price_the_cost_is_not_guessed(self) -> None:
        cost = aspect(judge(platform(cost=CostModel(CostBasis.PER_SEAT)), Needs(people=9, monthly_budget=Decimal(9))),
                      Aspect.COST)  # fmt: skip
        assert cost.score is None
        assert "quoted" in cost.because.en

    def test_a_language_that_its_pages_do_not_speak_is_named(self) -> None:
        languages = aspect(judge(platform(), Needs(languages=("he", "en-GB"))), Aspect.LANGUAGES)
        assert languages.score == 0.5
        assert "he" in languages.because.en


class TestTheWhole:
    def test_what_is_not_known_takes_no_part_and_lowers_the_known_share(self) -> None:
        needs = Needs(people=100, support=Level.HIGH, wants_ease=False, languages=("en",))
        fit = judge(platform(fit=FitFacts(people_from=10)), needs)
        assert fit.score == 1.0
        assert fit.known_share == pytest.approx(2 / 3)
        assert aspect(fit, Aspect.SUPPORT).score is None

    def test_weights_decide_which_one_is_first(self) -> None:
        easy = platform("easy", fit=FitFacts(ease=Level.HIGH, support=Level.LOW))
        helpful = platform("helpful", fit=FitFacts(ease=Level.LOW, support=Level.HIGH))
        for weights, first in (
            ({Aspect.EASE: 5, Aspect.SUPPORT: 1}, "easy"),
            ({Aspect.EASE: 1, Aspect.SUPPORT: 5}, "helpful"),
        ):
            found = compare([easy, helpful], Needs(support=Level.HIGH, weights=weights))
            assert found[0].slug == first

    def test_one_that_lacks_what_is_required_comes_last_however_good_it_is(self) -> None:
        good = platform("good", fit=FitFacts(ease=Level.HIGH))
        able = platform("able", fit=FitFacts(ease=Level.LOW), capabilities=frozenset({Capability.SYNC_AUDIENCE}))
        found = compare([good, able], Needs(required=frozenset({Capability.SYNC_AUDIENCE})))
        assert [one.slug for one in found] == ["able", "good"]
        assert found[1].missing == (Capability.SYNC_AUDIENCE,)

    @given(
        people=st.none() | st.integers(1, 10**7),
        low=st.none() | st.integers(1, 10**6),
        high=st.none() | st.integers(1, 10**7),
        structure=st.none() | st.sampled_from(Level),
        shows=st.none() | st.sampled_from(PersonData),
        allows=st.none() | st.sampled_from(PersonData),
        effort=st.none() | st.sampled_from(SetupEffort),
        budget=st.none() | st.decimals(0, 10**6, places=2),
        weights=st.dictionaries(st.sampled_from(Aspect), st.integers(0, 10)),
    )
    def test_scores_stay_between_nothing_and_one_and_each_is_explained(
        self, people, low, high, structure, shows, allows, effort, budget, weights
    ) -> None:
        manifest = platform(
            fit=FitFacts(people_from=low, people_to=high, structure=structure, person_data=shows),
            cost=CostModel(CostBasis.PER_SEAT, Decimal(7), "EUR"),
        )
        fit = judge(
            manifest,
            Needs(people=people, structure=structure, person_data=allows, effort=effort, monthly_budget=budget,
                  weights=weights),
        )  # fmt: skip
        assert {one.aspect for one in fit.aspects} == set(Aspect)
        for one in fit.aspects:
            assert one.score is None or 0 <= one.score <= 1
            assert one.because.en
            assert one.because.he
            assert "{" not in one.because.en + one.because.he
        assert fit.score is None or 0 <= fit.score <= 1
        assert 0 <= fit.known_share <= 1
