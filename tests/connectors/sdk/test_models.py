"""The plain values: secrets stay hidden, times stay aware, a missing number is never a zero."""

import copy
import pickle
from dataclasses import asdict, replace
from datetime import UTC, datetime

import pytest

from connectors.sdk import Context, Credentials, LinkCard, Metric, MetricReading, ReauthRequired, Secret, build_client

VALUE = "canary-secret-value"
AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
CREDENTIALS = Credentials(
    access_token=Secret(VALUE),
    refresh_token=Secret(VALUE + "-refresh"),
    expires_at=AT,
    refresh_expires_at=AT,
    scopes=frozenset({"openid", "profile"}),
)


class TestSecret:
    def test_it_shows_in_no_text_form(self):
        secret = Secret(VALUE)
        shown = [repr(secret), str(secret), f"{secret}", f"{secret!s:>40}", repr(CREDENTIALS), str([secret])]
        assert not [text for text in shown if VALUE in text]

    def test_only_reveal_gives_the_value(self):
        assert Secret(VALUE).reveal() == VALUE

    def test_it_compares_by_value(self):
        assert Secret(VALUE) == Secret(VALUE)
        assert Secret(VALUE) != Secret("other")
        assert Secret(VALUE) != VALUE
        assert not Secret("")

    def test_it_can_be_copied_but_not_pickled(self):
        assert copy.deepcopy(Secret(VALUE)) == Secret(VALUE)
        assert VALUE not in repr(asdict(CREDENTIALS))
        with pytest.raises(TypeError):
            pickle.dumps(Secret(VALUE))


class TestCredentials:
    def test_bytes_give_the_same_credentials_back(self):
        assert Credentials.from_bytes(CREDENTIALS.to_bytes()) == CREDENTIALS
        bare = Credentials(access_token=Secret("א"))
        assert Credentials.from_bytes(bare.to_bytes()) == bare

    @pytest.mark.parametrize(
        "data",
        [b"", b"{}", b'{"v": 2}', b"[1]", b'{"v":1,"access_token":"%s"}' % VALUE.encode(), b"\xff" + VALUE.encode()],
    )
    def test_other_bytes_are_refused_without_quoting_them(self, data: bytes):
        with pytest.raises(ValueError, match="not sealed credentials") as caught:
            Credentials.from_bytes(data)
        assert caught.value.__cause__ is None
        assert VALUE not in str(caught.value)

    def test_a_naive_time_is_refused(self):
        with pytest.raises(ValueError, match="expires_at"):
            replace(CREDENTIALS, expires_at=datetime(2026, 1, 1))


class TestMetricReading:
    def test_a_metric_is_either_there_or_missing(self):
        with pytest.raises(ValueError, match="both"):
            MetricReading(values={Metric.REACTIONS: 1}, missing={Metric.REACTIONS: "no_data"})

    def test_a_count_is_not_negative(self):
        with pytest.raises(ValueError, match="negative"):
            MetricReading(values={Metric.REACTIONS: -1}, missing={})


class TestLinkCard:
    @pytest.mark.parametrize("url", ["javascript:alert(1)", "//host/x", "https://", "https://me:pass@host/"])
    def test_an_address_that_must_not_be_published_is_refused(self, url: str):
        with pytest.raises(ValueError, match="link card"):
            LinkCard(url=url, title="T")


class TestContext:
    async def test_settings_and_credentials_do_not_show(self):
        async with build_client() as http:
            ctx = Context(http=http, settings={"client_secret": VALUE}, clock=lambda: AT, credentials=CREDENTIALS)
            assert VALUE not in repr(ctx)

    async def test_a_clock_without_a_zone_is_refused(self):
        async with build_client() as http:
            with pytest.raises(ValueError, match="time zone"):
                Context(http=http, settings={}, clock=lambda: datetime(2026, 1, 1)).now()

    async def test_an_empty_token_needs_a_new_connection(self):
        async with build_client() as http:
            empty = Credentials(access_token=Secret(""))
            with pytest.raises(ReauthRequired):
                Context(http=http, settings={}, clock=lambda: AT, credentials=empty).require_credentials()
