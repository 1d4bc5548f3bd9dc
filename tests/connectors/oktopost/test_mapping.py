"""Forms and reports: what goes to Oktopost, and what its files say."""

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from connectors.oktopost import mapping
from connectors.oktopost.reports import MAX_UNPACKED_BYTES, read_report
from connectors.sdk import Metric, ProtocolViolation, Rejected, Suggestion

from .desk import URL, content

HEBREW = 'מחפשים מהנדסת (תל אביב) 👩🏽‍💻 – "עכשיו" & 50%'


def packed(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "."), data)
    return out.getvalue()


class TestForms:
    def test_a_disclosure_is_put_behind_each_message_once(self):
        two = (Suggestion("linkedin", "he", HEBREW), Suggestion("x", "en", "I work there. #ad"))
        given = content(suggestions=two, disclosure="#ad")
        assert [one.text for one in mapping.drafts(given)] == [f"{HEBREW}\n\n#ad", "I work there. #ad"]
        preview = mapping.preview(given, campaign_id="002k7d2m9q4xw1a")
        assert ("disclosure", "merged") in [(loss.field, loss.how) for loss in preview.losses]

    def test_a_story_without_a_reason_to_share_is_described_by_its_title(self):
        form = mapping.story_form(content(why_share=""), campaign_id="002k7d2m9q4xw1a", message_ids=["005a", "005b"])
        assert form["description"] == form["title"] == "We opened a lab"
        assert form["messageIds"] == "005a,005b"
        assert "publishDatetime" not in form
        assert "topicIds" not in form

    @pytest.mark.parametrize("field", ["title", "why_share", "suggestions"])
    def test_half_a_character_is_refused(self, field: str):
        wrong = "a \ud83d b"
        changes = {field: (Suggestion("linkedin", "en", wrong),) if field == "suggestions" else wrong}
        with pytest.raises(Rejected) as caught:
            mapping.drafts(content(**changes))
        assert caught.value.code == "text_not_sendable"

    def test_an_id_with_a_comma_is_not_put_into_a_list(self):
        with pytest.raises(Rejected):
            mapping.drafts(content(topic_ids=("tpc1,tpc2",)))

    @pytest.mark.parametrize(
        ("story", "is_same"),
        [
            ({"Link": URL}, True),
            ({"Link": URL, "CampaignId": "002other0000001"}, False),
            ({"Link": URL, "Title": "We opened a lab "}, False),
            ({"Link": f"{URL}?x=1"}, False),
            ({"Link": "http://["}, False),
            ({"Link": "https://okt.to/abc"}, None),
            ({"Link": None}, None),
            ({"Messages": []}, None),
            ({"Messages": [{"Message": f"Their own words {URL}"}]}, True),
            ({"Messages": [{"Message": f"Look at our lab {URL}4"}]}, False),
            ({"Messages": [{"Message": "Look at our lab https://okt.to/abc"}]}, True),
            ({"Messages": [{"Message": "Look at our lab https://rokt.to/abc"}]}, False),
            ({"Messages": [{"Message": "Other words https://okt.to/abc"}, {"Message": None}]}, False),
        ],
    )
    def test_a_story_is_told_by_title_campaign_and_link(self, story: dict, is_same: bool | None):
        shown = {"Title": "We opened a lab", "CampaignId": "002k7d2m9q4xw1a", **story}
        assert mapping.is_same(shown, content(), campaign_id="002k7d2m9q4xw1a") is is_same


class TestReports:
    def test_numbers_days_and_lines_that_say_nothing(self):
        text = (
            "Date,StoryId,Title,ShareCount,BoardClicks,BoardConverts,Mood\r\n"
            '2026-03-09,0AS1,"Two\nlines",4,12,,good\r\n'
            "2026-03-09 10:00:00,0AS2,x,0,,3,\r\n"
            ",0AS3,x,1,,,\r\n"
            '\r\n2026-03-09,,"x\r\ny",1,,,\r\n'
            "2026-03-09,0AS5,x,-1,,,\r\n"
            "2026-03-09,0AS6,x,,,,\r\n"
            "soon,0AS7,x,1,,,\r\n"
            "2026-03-09,0AS8,x,1,,,,too many\r\n"
        )
        reading = read_report("stories", text.encode())
        assert [(row.key, dict(row.values), str(row.since)) for row in reading.rows] == [
            ("0AS1", {Metric.SHARES: 4, Metric.CLICKS: 12}, "2026-03-09"),
            ("0AS2", {Metric.SHARES: 0, Metric.CONVERSIONS: 3}, "2026-03-09"),
            ("0AS3", {Metric.SHARES: 1}, "None"),
        ]
        assert [(one.line, one.reason) for one in reading.skipped] == [
            (7, "no StoryId"),
            (9, "ShareCount is no number"),
            (10, "no numbers"),
            (11, "Date is no day"),
            (12, "more cells than columns"),
        ]

    def test_a_zip_says_in_which_file_a_line_was_skipped(self):
        data = packed(a_csv=b"x\n1\n", b_csv=b"Email,ShareCount\na@example.com,3\n,1\n", c_txt=b"\xff")
        reading = read_report("advocates", data)
        assert [row.key for row in reading.rows] == ["a@example.com"]
        assert [(one.line, one.reason) for one in reading.skipped] == [(3, "b.csv: no Email")]

    @pytest.mark.parametrize(
        "data",
        [
            b"PK",
            packed(a_csv=b"x\n1\n"),
            packed(a_txt=b"Email,ShareCount\na,1\n"),
            packed(a_csv=b"\xff"),
            packed(a_csv=b"Email,ShareCount\n" * 200)[:60] + packed(a_csv=b"Email,ShareCount\n" * 200)[70:],
            b'Email,ShareCount\n"a,1\n',
            b"Email,ShareCount\n" + b"a" * 200_000 + b",1\n",
        ],
    )
    def test_a_file_that_is_none_is_refused(self, data: bytes):
        with pytest.raises(Rejected) as caught:
            read_report("advocates", data)
        assert caught.value.code == "report_not_readable"

    def test_a_zip_that_swells_is_refused(self):
        with pytest.raises(Rejected) as caught:
            read_report("advocates", packed(a_csv=b"\0" * (MAX_UNPACKED_BYTES + 1)))
        assert "larger than" in caught.value.message

    def test_missing_columns_are_named_and_so_is_an_unknown_kind(self):
        with pytest.raises(Rejected) as caught:
            read_report("stories", b"a,b\n1,2\n")
        assert "StoryId, ShareCount" in caught.value.message
        with pytest.raises(Rejected):
            read_report("leads", b"Email,ShareCount\na@example.com,1\n")


class TestFollowers:
    def test_rows_as_the_vendor_names_them_become_days(self):
        document = json.loads((Path(__file__).parent / "payloads" / "followers.json").read_text(encoding="utf-8"))
        rows = mapping.entries(document, "Data")
        span = {"since": date(2026, 3, 6), "until": date(2026, 3, 10), "today": date(2026, 3, 10)}
        total = mapping.feed_reading("page_followers", rows, **span)
        gained = mapping.feed_reading("page_followers_gained", rows, **span)
        assert total.values == {date(2026, 3, 6): 1241, date(2026, 3, 7): 1240, date(2026, 3, 9): 1249}
        assert gained.values == {date(2026, 3, 6): 0, date(2026, 3, 7): -1, date(2026, 3, 9): 9}
        # One without a row, and one that has not ended.
        assert total.missing == gained.missing == {date(2026, 3, 8): "no_data", date(2026, 3, 10): "no_data"}

    @pytest.mark.parametrize(
        "rows",
        [
            [{"HistoryDate": "yesterday", "Followers": 1}],
            [{"Followers": 1}],
            [{"HistoryDate": "2026-03-06", "Followers": -1}],
            [{"HistoryDate": "2026-03-06", "Followers": True}],
            [{"HistoryDate": "2026-03-06", "Followers": 1}, {"HistoryDate": "2026-03-06", "Followers": 2}],
        ],
    )
    def test_rows_that_cannot_be_right_are_no_numbers(self, rows: list[dict[str, object]]):
        day = date(2026, 3, 6)
        with pytest.raises(ProtocolViolation):
            mapping.feed_reading("page_followers", rows, since=day, until=day, today=date(2026, 3, 10))
