"""The main job, step by step over HTTP, as the people of a company would do it.

HR file → employees → a program with goals and policy → invitations → content, written, reviewed, offered → ambassadors
word and approve it → published once → clicks and numbers come back → goals and the management report.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx2

from services.cli.demo import company
from services.cli.demo.client import Caller, Refused, wait_for
from services.cli.demo.company import COMMUNICATIONS_LEAD, CONTENT_EDITOR, HEAD_OF_TALENT
from services.cli.demo.words import ITEMS, OWN_WORDS, POLICY

#: How many people of each department join; fewer than five stand behind a number of Sales, so it is suppressed.
JOINING = {"Engineering": 7, "Customer Success": 6, "Sales": 2}
#: One more is asked and says no: that has no consequence of any kind.
DECLINING = 1
#: Visits sooner after posting are taken for machines (the demo shortens the setting to one second).
QUIET_SECONDS = 2
#: Posts by hand have no numbers from the network; of this part of all posts there should be some.
COVERED_PERCENT = 80
#: Which total each goal that measures itself has to agree with.
FED_BY = {"careers_site_visits": "human_clicks", "content_impressions": "impressions", "engagements": "engagements"}
#: These take part without connecting an account.
BY_HAND = 2
_TOKEN = re.compile(r"^(?:One-time token|אסימון חד-פעמי): (\S+)$", re.MULTILINE)
_CODE = re.compile(r'<output id="code"[^>]*>(\d+)</output>')
_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.1 Mobile Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
)
_PREVIEW_BOT = "LinkedInBot/1.0 (compatible; Mozilla/5.0; +http://www.linkedin.com)"


@dataclass
class Person:
    """Somebody of the company who acts with a key of their own."""

    employee: dict[str, Any]
    caller: Caller
    connection_id: str | None = None
    by_hand: bool = False

    @property
    def name(self) -> str:
        """As the directory writes it."""
        return str(self.employee["display_name"])

    @property
    def language(self) -> str:
        """The language they read in."""
        return _language(self.employee)


class Story:
    """One telling of the main job."""

    def __init__(self, bootstrap: dict[str, Any], *, outbox: Path, reports: Path) -> None:
        self._http = httpx2.Client(trust_env=False, timeout=30.0, follow_redirects=False)
        self._base_url: str = bootstrap["base_url"]
        self._simulator: str = bootstrap["simulators"]["linkedin"]
        self._outbox = outbox
        self._reports = reports
        self.owner = Caller(self._http, self._base_url, bootstrap["owner_api_key"])
        self._step = 0
        self._seen_mails: set[Path] = set(outbox.glob("*.eml"))

    def say(self, words: str) -> None:
        """Narrate a step."""
        self._step += 1
        print(f"{self._step:>3}. {words}", flush=True)

    def detail(self, words: str) -> None:
        """Narrate what a step showed."""
        print(f"     {words}", flush=True)

    def tell(self) -> Path:
        """The whole of it; answers where the report is."""
        self.take_over_the_hr_file()
        cast = self.give_roles()
        program_id = self.design_the_program(cast)
        self.agree_on_a_policy(cast, program_id)
        ambassadors = self.recruit(cast, program_id)
        self.connect_accounts(ambassadors)
        items = [self.make_content(cast, program_id, item) for item in ITEMS]
        self.show_what_is_refused(cast, ambassadors[0], program_id)
        publications = self.share(ambassadors, items)
        self.wait_until_published(ambassadors, publications)
        self.let_readers_come(ambassadors)
        return self.report(cast, program_id)

    def take_over_the_hr_file(self) -> None:
        """The directory: read, compare, apply."""
        everybody = company.generate_company(today=datetime.now(ZoneInfo("UTC")).date())
        content = company.to_csv(everybody).encode()
        zones = {person.time_zone for person in everybody}
        self.say(f"HR sends its directory: {len(everybody)} people, {len(zones)} time zones, names in two scripts.")
        sync = self.owner.post(
            "/v1/directory-syncs?mode=full", content=content, headers={"Content-Type": "text/csv; charset=utf-8"}
        )
        self.detail(f"compared before anything is changed: {sync['counts']}")
        applied = self.owner.post(f"/v1/directory-syncs/{sync['id']}/apply", {})
        self.detail(f"applied: {applied['state']}")

    def give_roles(self) -> dict[str, Person]:
        """Roles to people; each gets a key of their own through a one-time link in their mail."""
        self.say("The owner gives people roles; each gets a key of their own from a mail.")
        cast = {}
        for title, role in (
            (company.CMO, "sponsor"),
            (COMMUNICATIONS_LEAD, "program_manager"),
            (CONTENT_EDITOR, "editor"),
            (HEAD_OF_TALENT, "approver"),
        ):
            employee = self.owner.get("/v1/employees", params={"job_title": title})["data"][0]
            self.owner.post("/v1/role-grants", {"employee_id": employee["id"], "role": role})
            cast[role] = self.sign_in(employee, speaks="en")
            self.detail(f"{role:<16} {cast[role].name}, {title}")
        return cast

    def sign_in(self, employee: dict[str, Any], *, speaks: str | None = None) -> Person:
        """Open the newest mail to a person, and exchange its one-time token for their key.

        ``speaks`` is the language they are answered in; this story is told in English.
        """
        mail = wait_for(f"a mail to {employee['work_email']}", lambda: self._new_mail(employee["work_email"]))
        token = _TOKEN.search(mail)
        if token is None:
            raise ValueError("the mail has no one-time token")
        language = speaks or _language(employee)
        nobody = Caller(self._http, self._base_url, None)
        key = nobody.post("/v1/auth/token", {"token": token.group(1)})["api_key"]
        return Person(employee, Caller(self._http, self._base_url, key, language=language))

    def _new_mail(self, address: str) -> str | None:
        for path in sorted(set(self._outbox.glob("*.eml")) - self._seen_mails):
            content = path.read_text(encoding="utf-8")
            if f"<{address}>" in content.split("\n\n", 1)[0] and _TOKEN.search(content):
                self._seen_mails.add(path)
                return content
        return None

    def design_the_program(self, cast: dict[str, Person]) -> str:
        """Goals before anything else, then who answers for what."""
        self.say("A program, goals first.")
        program = self.owner.post(
            "/v1/programs",
            {
                "name": "Voices of Lumen",
                "languages": ["en", "he"],
                "default_language": "en",
                "networks": ["linkedin"],
                "disclosure": {"en": "I work at Lumen.", "he": "אני חלק מצוות לומן."},
            },
        )
        path = f"/v1/programs/{program['id']}"
        manager = cast["program_manager"].caller
        try:
            manager.post(f"{path}/transitions", {"to": "designed"})
        except Refused as refused:
            missing = "; ".join(problem["message"] for problem in refused.problem["errors"])
            self.detail(f"without foundations it is refused: {missing}")
        owner_id = cast["program_manager"].employee["id"]
        due_on = (datetime.now(ZoneInfo("UTC")).date() + timedelta(days=180)).isoformat()
        for kpi, kind, heading, title, target in (
            ("careers_site_visits", "marketing", "hiring_retention", "Colleagues bring people to our open jobs", 120),
            ("engagements", "marketing", "employer_brand", "Posts that people answer to", 400),
            ("content_impressions", "marketing", "employer_brand", "More people see what it is like here", 20000),
            ("active_participation", "business", "employer_brand", "Ambassadors take part", 80),
            ("hires", "business", "hiring_retention", "Hires that began with a colleague's post", 6),
        ):
            manager.post(
                f"{path}/goals",
                {
                    "kpi": kpi,
                    "kind": kind,
                    "heading": heading,
                    "title": title,
                    "baseline": 0,
                    "target": target,
                    "due_on": due_on,
                    "owner_employee_id": owner_id,
                },
            )
        for function, role in (
            ("owner", "program_manager"),
            ("content", "editor"),
            ("policy", "approver"),
            ("spokesperson", "sponsor"),
        ):
            employee_id = cast[role].employee["id"]
            manager.post(f"{path}/responsibilities", {"function": function, "employee_id": employee_id})
        state = manager.post(f"{path}/transitions", {"to": "designed"})["state"]
        self.detail(f"five goals and four named people later it is {state}")
        return str(program["id"])

    def agree_on_a_policy(self, cast: dict[str, Person], program_id: str) -> None:
        """Do's and don'ts in both languages, approved by two functions, published by another than their author."""
        self.say("Do's and don'ts, written by one, approved by the policy owner and the spokesperson.")
        editor, approver = cast["editor"].caller, cast["approver"].caller
        policy = editor.post("/v1/policies", {"title": "How we speak for Lumen", "program_id": program_id})
        version = editor.post(f"/v1/policies/{policy['id']}/versions", POLICY)
        path = f"/v1/policies/{policy['id']}/versions/{version['id']}"
        try:
            approver.post(f"{path}/publish")
        except Refused as refused:
            missing = "; ".join(problem["message"] for problem in refused.problem["errors"])
            self.detail(f"without their approval it is refused: {missing}")
        for role in ("approver", "sponsor"):
            answer = {"decision": "approved", "content_hash": version["content_hash"]}
            cast[role].caller.post(f"{path}/approvals", answer)
        published = approver.post(f"{path}/publish")
        self.detail(f"version {published['number']} is {published['state']}, in {' and '.join(POLICY['texts'])}")

    def recruit(self, cast: dict[str, Person], program_id: str) -> list[Person]:
        """Persona, candidates, invitations; people answer for themselves."""
        manager = cast["program_manager"].caller
        path = f"/v1/programs/{program_id}"
        self.say("Whom we look for: at least a year with us, in teams that others ask about.")
        manager.put(
            f"{path}/persona",
            {
                "description": "People who know our work and like to tell about it.",
                "criteria": {"min_tenure_months": 12, "departments": list(JOINING)},
            },
        )
        state = manager.post(f"{path}/transitions", {"to": "quiet"})["state"]
        candidates = manager.all(f"{path}/candidates")
        self.detail(f"{len(candidates)} candidates fit; the program is {state}")
        # Nobody is asked while they are on leave.
        away = {person["id"] for person in manager.all("/v1/employees", status="on_leave")}
        candidates = [person for person in candidates if person["employee_id"] not in away]
        chosen = []
        for department, count in JOINING.items():
            fitting = [person for person in candidates if person["department"] == department]
            chosen += _mixed(fitting, count + (DECLINING if department == "Engineering" else 0))
        self.say(f"{len(chosen)} of them are invited, each in their own language.")
        joined = []
        declined = 0
        for candidate in chosen:
            employee = manager.get(f"/v1/employees/{candidate['employee_id']}")
            invitation = manager.post(
                f"{path}/invitations",
                {"employee_id": employee["id"], "message": _MESSAGES[_language(employee)]},
            )
            person = self.sign_in(employee)
            if declined < DECLINING:
                person.caller.post(f"/v1/invitations/{invitation['id']}/decline")
                declined += 1
                continue
            membership = person.caller.post(f"/v1/invitations/{invitation['id']}/accept", {})
            for waiting in membership["to_acknowledge"]:
                person.caller.post(
                    f"/v1/policies/{waiting['policy_id']}/acknowledgements",
                    {"version_id": waiting["version_id"], "language": person.language},
                )
            joined.append(person)
        languages = [person.language for person in joined]
        self.detail(
            f"{len(joined)} joined and agreed to the policy ({languages.count('he')} in Hebrew), "
            f"{declined} said no, and nothing follows from it"
        )
        return joined

    def connect_accounts(self, ambassadors: list[Person]) -> None:
        """Each connects their own account on the network, or none at all."""
        self.say("They connect their own LinkedIn accounts, and confirm that the account is theirs.")
        for number, person in enumerate(ambassadors):
            if number >= len(ambassadors) - BY_HAND:
                made = person.caller.post("/v1/me/connections", {"connector": "share_link"})
                person.connection_id, person.by_hand = made["id"], True
                continue
            made = person.caller.post("/v1/me/connections", {"connector": "linkedin"})
            code = self._consent(made["authorization_url"], person.name)
            shown = person.caller.get(f"/v1/me/connections/{made['id']}")
            if shown["account"]["display_name"] != person.name:
                raise ValueError("the network named another person")
            person.caller.post(f"/v1/me/connections/{made['id']}/confirm", {"code": code})
            person.connection_id = made["id"]
        self.detail(f"{len(ambassadors) - BY_HAND} connected; {BY_HAND} prefer to post by hand and count all the same")

    def _consent(self, authorization_url: str, member_name: str) -> str:
        """What a person does in their browser at the network: sign in, allow, come back, and read the code."""
        parts = urlsplit(authorization_url)
        form = dict(httpx2.QueryParams(parts.query).items())

        def allow() -> str | None:
            try:
                answer = self._http.post(
                    f"{parts.scheme}://{parts.netloc}{parts.path}",
                    data={**form, "member_name": member_name, "decision": "allow"},
                )
                return str(answer.headers["location"]) if answer.status_code == 302 else None
            except httpx2.TransportError:
                return None

        back = wait_for("the network's consent", allow)
        page = self._http.get(back)
        if page.status_code != 200:
            raise ValueError(f"coming back from the network was answered with {page.status_code}")
        shown = _CODE.search(page.text)
        if shown is None:
            raise ValueError("the page after the network shows no code")
        return shown.group(1)

    def make_content(self, cast: dict[str, Person], program_id: str, item: dict[str, Any]) -> dict[str, Any]:
        """Written by the editor, approved by somebody else, offered to whom it fits."""
        editor, approver, manager = (cast[role].caller for role in ("editor", "approver", "program_manager"))
        self.say(f"Content: “{item['title']}”, in English and Hebrew, with the reason to share it.")
        made = editor.post(
            "/v1/content-items",
            {
                "program_id": program_id,
                "title": item["title"],
                "destination_url": item["destination_url"],
                "topics": item["topics"],
            },
        )
        path = f"/v1/content-items/{made['id']}"
        for variant in item["variants"]:
            editor.post(f"{path}/variants", {"network": "linkedin", **variant})
        editor.post(f"{path}/submit")
        try:
            editor.post(f"{path}/reviews", {"decision": "approved"})
        except Refused as refused:
            self.detail(f"its author may not approve it ({refused.code})")
        approver.post(f"{path}/reviews", {"decision": "approved", "comment": "Checked facts and tone."})
        offered = manager.post(f"{path}/offer")
        self.detail(f"approved by {cast['approver'].name}, offered to {offered['offered']} ambassadors")
        return dict(made)

    def show_what_is_refused(self, cast: dict[str, Person], person: Person, program_id: str) -> None:
        """Nobody acts for a person, and the policy is more than paper."""
        self.say("What is refused:")
        offer = person.caller.get("/v1/me/offers")["data"][0]
        try:
            self.owner.post("/v1/me/shares", {"offer_id": offer["id"]})
        except Refused as refused:
            self.detail(f"the owner's key sharing for somebody: {refused.code}")
        checked = person.caller.post(
            "/v1/policy-checks",
            {"program_id": program_id, "text": "Great salaries, guaranteed bonus!", "language": "en"},
        )
        self.detail(f"a text with “{checked['hits'][0]['phrase']}”: {checked['hits'][0]['message']}")

    def share(self, ambassadors: list[Person], items: list[dict[str, Any]]) -> dict[str, list[str]]:
        """Each words both items for themselves, approves the exact bytes, and picks a time."""
        self.say("Ambassadors put it in their own words, approve exactly that, and choose a time.")
        publications: dict[str, list[str]] = {}
        edited = nudged = 0
        for number, person in enumerate(ambassadors):
            mine: list[str] = []
            for offer in person.caller.get("/v1/me/offers")["data"]:
                position = [item["id"] for item in items].index(offer["item_id"])
                words = OWN_WORDS[person.language][position]
                share = person.caller.post("/v1/me/shares", {"offer_id": offer["id"]})
                if number % 4 != 3:
                    text = f"{share['text']}\n\n{words[number % len(words)]}"
                    share = self._reword(person, share["id"], text)
                    edited += 1
                after = timedelta(seconds=4 + 2 * position)
                try:
                    mine.append(self._approve(person, share, after=after))
                except Refused as refused:
                    if refused.code != "similar_text":
                        raise
                    # Told that it reads like those of colleagues, they begin anew, with nothing but their own words.
                    nudged += 1
                    disclosure = share["text"].split("\n\n")[0]
                    own = f"{words[number % len(words)]} {words[(number // len(words) + 1 + number) % len(words)]}"
                    share = self._reword(person, share["id"], f"{disclosure}\n\n{own}")
                    mine.append(self._approve(person, share, after=after, keep_similar=True))
            publications[person.employee["id"]] = mine
        count = sum(len(ids) for ids in publications.values())
        self.detail(f"{count} posts approved, {edited} of them reworded first")
        if nudged:
            self.detail(f"{nudged} began anew, when told that theirs read like those of their colleagues")
        return publications

    def _reword(self, person: Person, share_id: str, text: str) -> dict[str, Any]:
        path = f"/v1/me/shares/{share_id}"
        answer = person.caller.exchange("GET", path)
        headers = {"If-Match": answer.headers["etag"], "Content-Type": "application/merge-patch+json"}
        changed: dict[str, Any] = person.caller.exchange("PATCH", path, headers=headers, json={"text": text}).json()
        return changed

    def _approve(self, person: Person, share: dict[str, Any], *, after: timedelta, keep_similar: bool = False) -> str:
        approved = person.caller.post(
            f"/v1/me/shares/{share['id']}/approve",
            {
                "content_hash": share["content_hash"],
                "connection_id": person.connection_id,
                "keep_similar": keep_similar,
                **_in_a_moment(person, after),
            },
        )
        return str(approved["id"])

    def wait_until_published(self, ambassadors: list[Person], publications: dict[str, list[str]]) -> None:
        """The scheduler publishes; those by hand say that they have."""
        self.say("Their time comes: the scheduler publishes each post once.")
        for person in ambassadors:
            for publication_id in publications[person.employee["id"]]:
                path = f"/v1/publications/{publication_id}"
                if person.by_hand:
                    person.caller.post(f"{path}/resolve", {"outcome": "it_is_there"})
                    continue

                self._settle(person, path)
        posts = self._posts()
        self.detail(f"{len(posts)} posts are on the network: look at {self._simulator}/")
        hebrew = next((post for post in posts if re.search("[\u0590-\u05ff]", post["text"])), posts[0])
        self.detail(f"one of them: {hebrew['text'].splitlines()[0]}")

    def _settle(self, person: Person, path: str) -> None:
        """Wait until a post is out. Where we can't tell, its person looks; what is not there they send again."""
        found = wait_for("a post to go out", lambda: self._open_question(person, path), seconds=120)
        if found["state"] == "unknown":
            share = person.caller.get(f"/v1/me/shares/{found['share_id']}")
            is_there = any(share["link"]["url"] in str(post["article"]) for post in self._posts())
            outcome = "it_is_there" if is_there else "it_is_not"
            found = person.caller.post(f"{path}/resolve", {"outcome": outcome})
            self.detail(f"{person.name} was asked to look, and said: {outcome}")
        if found["state"] == "not_published":
            share = person.caller.get(f"/v1/me/shares/{found['share_id']}")
            again = {"content_hash": share["content_hash"], **_in_a_moment(person, timedelta(seconds=2))}
            self._settle(person, f"/v1/publications/{person.caller.post(f'{path}/resend', again)['id']}")
        elif found["state"] != "published":
            raise ValueError(f"a post is {found['state']}: {found['vendor_message'] or found['reason']}")

    def _open_question(self, person: Person, path: str) -> Any:
        found = person.caller.get(path)
        return None if found["state"] in ("scheduled", "claimed", "sending", "waiting") else found

    def _posts(self) -> list[dict[str, Any]]:
        state: dict[str, Any] = wait_for("the network", lambda: self._sim_state())
        return list(state["posts"])

    def _sim_state(self) -> Any:
        try:
            return self._http.get(f"{self._simulator}/_sim/state").json()
        except (httpx2.TransportError, ValueError):
            return None

    def let_readers_come(self, ambassadors: list[Person]) -> None:
        """Readers follow the tracked links; so do machines, which are not counted as people."""
        self.say("Readers follow the links; so do machines.")
        time.sleep(QUIET_SECONDS)
        people = machines = 0
        for number, person in enumerate(ambassadors):
            for share in person.caller.get("/v1/me/shares")["data"]:
                for reader in range(3 + (number * 7 + people) % 5):
                    self._follow(share["link"]["url"], f"198.51.100.{(number * 16 + reader) % 250 + 1}", reader)
                    people += 1
                self._follow(share["link"]["url"], "203.0.113.9", None)
                machines += 1
        self.detail(f"{people} people came, and {machines} visits of a preview bot")

    def _follow(self, url: str, address: str, reader: int | None) -> None:
        agent = _PREVIEW_BOT if reader is None else _BROWSERS[reader % len(_BROWSERS)]
        headers = {"User-Agent": agent, "X-Forwarded-For": address}

        def go() -> bool:
            try:
                return self._http.get(url, headers=headers).status_code == 302
            except httpx2.TransportError:
                return False

        wait_for("a link to lead somewhere", go)

    def report(self, cast: dict[str, Person], program_id: str) -> Path:
        """Numbers come back from the network; goals move; management reads the report."""
        self.say("Numbers come back from the network, and goals move.")
        sponsor = cast["sponsor"].caller
        path = f"/v1/programs/{program_id}/report"

        def measured() -> Any:
            found = sponsor.get(path)
            actual = {goal["kpi"]: goal["actual"]["value"] for goal in found["goals"]}
            totals = {name: number["value"] for name, number in found["totals"].items()}
            is_read = (found["totals"]["impressions"]["coverage_percent"] or 0) >= COVERED_PERCENT
            same = all(actual[kpi] is not None and actual[kpi] == totals[total] for kpi, total in FED_BY.items())
            return found if is_read and same else None

        found = wait_for("every goal that measures itself to have a value", measured, seconds=120)
        for goal in found["goals"]:
            actual = goal["actual"]
            value = actual["value"] if actual["value"] is not None else "no value yet (a gap, not a zero)"
            self.detail(f"{goal['title']}: {value} of {goal['target']}")
        self._reports.mkdir(parents=True, exist_ok=True)
        for language in ("he", "en"):
            page = sponsor.text(path, params={"format": "html", "language": language})
            written = self._reports / f"report-{program_id}-{language}.html"
            written.write_text(page, encoding="utf-8")
        self.say(f"{cast['sponsor'].name} reads the management report, in English and in Hebrew.")
        return written


_MESSAGES = {
    "en": "Colleagues tell us that you explain our work well.",
    "he": "עמיתים מספרים לנו שאתם יודעים להסביר את העבודה שלנו.",
}


def _in_a_moment(person: Person, after: timedelta) -> dict[str, str]:
    """A time soon, on the person's own clock."""
    zone = person.employee["time_zone"] or "UTC"
    local = (datetime.now(ZoneInfo(zone)) + after).replace(tzinfo=None, microsecond=0)
    return {"scheduled_local": local.isoformat(), "time_zone": zone}


def _language(employee: dict[str, Any]) -> str:
    return "he" if str(employee["locale"]).startswith("he") else "en"


def _mixed(candidates: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Candidates of both scripts in turn, so that each department speaks both languages."""
    hebrew = [one for one in candidates if re.search("[\u0590-\u05ff]", one["display_name"])]
    latin = [one for one in candidates if one not in hebrew]
    mixed: list[dict[str, Any]] = []
    while len(mixed) < count and (hebrew or latin):
        for group in (hebrew, latin):
            if group and len(mixed) < count:
                mixed.append(group.pop(0))
    return mixed


def play(bootstrap: dict[str, Any], *, outbox: Path, reports: Path) -> None:
    """Tell the story once, and say where the report is."""
    written = Story(bootstrap, outbox=outbox, reports=reports).tell()
    print(f"report: {written}", flush=True)
