"""Makes up the company that the demo and the tests work with: who works there, where, under whom and since when.

The same seed, size and day always give the same people, and the cast (the people a demo needs by their role) is the
same for every size. Nobody in it exists; the addresses end in ``.example``, which no mail server answers for.
"""

import csv
import io
import random
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from pathlib import Path

from services.core.employees.models import EmploymentStatus

EMAIL_DOMAIN = "lumen.example"

CEO = "Chief Executive Officer"
CMO = "Chief Marketing Officer"
HEAD_OF_TALENT = "Head of Talent"
COMMUNICATIONS_LEAD = "Communications Lead"
CONTENT_EDITOR = "Content Editor"

_YEARS = 10
_TEAM_SIZE = 8


@dataclass(frozen=True)
class CompanyEmployee:
    """One person as an HR system exports them; the field names are the headers of the CSV file."""

    employee_id: str
    employee_number: str
    email: str
    login: str
    first_name: str
    last_name: str
    display_name: str
    job_title: str
    job_family: str
    #: IC1 to IC4 for specialists, M1 team leads, M2 heads, E1 the management.
    job_level: str
    department: str
    #: The legal entity that employs the person.
    division: str
    location: str
    #: ISO 3166-1 alpha-2.
    country: str
    #: BCP 47.
    locale: str
    #: IANA name.
    time_zone: str
    #: None for the one person at the top.
    manager_employee_id: str | None
    employment_type: str
    start_date: date
    #: The last day of work; in the future for contracts that run out.
    end_date: date | None
    status: EmploymentStatus


@dataclass(frozen=True)
class _Name:
    """A name as its bearer writes it, and as an address spells it."""

    written: str
    spelled: str


@dataclass(frozen=True)
class _Site:
    location: str
    country: str
    locale: str
    time_zone: str
    division: str
    weight: int
    first_names: tuple[_Name, ...]
    last_names: tuple[_Name, ...]


@dataclass(frozen=True)
class _Role:
    title: str
    family: str
    level: str
    department: str
    #: The title of the manager, None for the top.
    reports_to: str | None
    location: str


@dataclass(frozen=True)
class _Department:
    name: str
    head: str
    weight: int
    #: Job family and the title of its people.
    families: tuple[tuple[str, str], ...]


@dataclass
class _Draft:
    """A person whose status and contract are still open."""

    number: int
    site: _Site
    first_name: _Name
    last_name: _Name
    email: str
    title: str
    family: str
    level: str
    department: str
    manager: "_Draft | None"
    start_date: date
    end_date: date | None = None
    employment_type: str = "full_time"
    status: EmploymentStatus = EmploymentStatus.ACTIVE


def _ascii(text: str) -> str:
    """The Latin letters of an address: ``Jürgen`` becomes ``juergen``, ``Zoë O'Neil`` ``zoeoneil``."""
    spelled = text.lower()
    for letter, letters in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"}.items():
        spelled = spelled.replace(letter, letters)
    decomposed = unicodedata.normalize("NFKD", spelled)
    return "".join(letter for letter in decomposed if letter.isascii() and (letter.isalnum() or letter == "-"))


def _latin(names: str) -> tuple[_Name, ...]:
    return tuple(_Name(name, _ascii(name)) for name in names.split(", "))


def _hebrew(names: str) -> tuple[_Name, ...]:
    """Hebrew is written without vowels, so each name brings its Latin spelling: ``נועה noa``."""
    pairs = (name.rsplit(" ", 1) for name in names.split(", "))
    return tuple(_Name(written, _ascii(spelled)) for written, spelled in pairs)


_SITES = (
    _Site(
        location="Tel Aviv",
        country="IL",
        locale="he",
        time_zone="Asia/Jerusalem",
        division="Lumen Israel Ltd",
        weight=36,
        first_names=_hebrew(
            "נועה noa, תמר tamar, יעל yael, מאיה maya, שירה shira, רוני roni, מיכל michal, עדי adi, הילה hila,"
            " ליאור lior, דנה dana, אביגיל avigail, טליה talia, ענבל inbal, קרן keren, רותם rotem, נטע neta,"
            " גילי gili, שקד shaked, אורלי orly, יונתן yonatan, איתי itay, עומר omer, דניאל daniel, אורי uri,"
            " נועם noam, יובל yuval, עידו ido, אלון alon, גיא guy, רועי roy, תומר tomer, אסף asaf, ניר nir,"
            " עמית amit, שחר shahar, אריאל ariel, אביב aviv, יואב yoav, חיים haim"
        ),
        last_names=_hebrew(
            "כהן cohen, לוי levi, מזרחי mizrahi, פרץ peretz, ביטון biton, דהן dahan, אברהם avraham,"
            " פרידמן friedman, אזולאי azoulay, מלכה malka, כץ katz, יוסף yosef, עמר amar, אוחיון ohayon,"
            " גבאי gabay, חדד hadad, שפירא shapira, בן דוד ben-david, אדלר adler, סגל segal, רוזנברג rosenberg,"
            " ברק barak, הררי harari, שמש shemesh, אלמוג almog, נחום nahum, צור tzur, גולן golan, שלו shalev,"
            " ארד arad, ויצמן weizman, הלוי halevi, דיין dayan, קפלן kaplan, בר-און bar-on, טל tal, רגב regev,"
            " חורי khoury, מנסור mansour, אשכנזי ashkenazi"
        ),
    ),
    _Site(
        location="Berlin",
        country="DE",
        locale="en",
        time_zone="Europe/Berlin",
        division="Lumen Deutschland GmbH",
        weight=20,
        first_names=_latin(
            "Jürgen, Anneke, Björn, Käthe, Lukas, Hanna, Felix, Greta, Jonas, Mia, Sören, Zeynep, Emre, Łukasz,"
            " Agnieszka, Matthias, Franziska, Sebastian, Leonie, Tobias, Ümit, Nele, Moritz, Svenja, Malte,"
            " Ayşe, Rainer, Ines"
        ),
        last_names=_latin(
            "Müller, Schröder, Weiß, Krüger, Schäfer, Köhler, Hoffmann, Demir, Nowak, Becker, Lindemann, Böhm,"
            " Vogel, Jäger, Brandt, Öztürk, Kowalski, Neumann, Großmann, Keller, Dietrich, Seidel, Winkler,"
            " Hartmann"
        ),
    ),
    _Site(
        location="London",
        country="GB",
        locale="en",
        time_zone="Europe/London",
        division="Lumen UK Ltd",
        weight=18,
        first_names=_latin(
            "Siân, Oliver, Zoë, Aoife, Imran, Priya, Chloë, George, Amelia, Kwame, Harriet, Séamus, Nadia,"
            " Thomas, Eilidh, Rohan, Beatrice, Callum, Folasade, Hugo, Isla, Kieran, Meera, Tobi"
        ),
        last_names=_latin(
            "Hughes, O'Connor, Patel, Clarke, Adeyemi, Bennett, Ó Briain, Whitfield, Khan, Fairbairn, Evans,"
            " Osei, Lloyd, Sharma, Pemberton, Fraser, Okonkwo, Turner, Ashworth, Bailey, Rahman, Sinclair"
        ),
    ),
    _Site(
        location="New York",
        country="US",
        locale="en",
        time_zone="America/New_York",
        division="Lumen Inc",
        weight=17,
        first_names=_latin(
            "José, Emily, Marcus, Renée, Sofía, Ethan, Jasmine, Tyler, Grace, Andrés, Naomi, Brandon, Alicia,"
            " Dmitri, Keisha, Logan, Xóchitl, Peter, Monique, Ryan, Inés, Jordan, Lauren, Theo"
        ),
        last_names=_latin(
            "García, Johnson, Núñez, Washington, Goldberg, Rodríguez, Murphy, Chen, Brooks, Peña, Sullivan, Kim,"
            " Rossi, Carter, Volkov, Muñoz, Thompson, Reyes, Jefferson, Lombardi, Park, Hayes"
        ),
    ),
    _Site(
        location="Singapore",
        country="SG",
        locale="en",
        time_zone="Asia/Singapore",
        division="Lumen Asia Pte Ltd",
        weight=9,
        first_names=_latin(
            "Wei Ling, Jia Hui, Arjun, Siti, Kai Xiang, Mei Fen, Nurul, Zhi Hao, Kavitha, Hui Min, Jun Jie,"
            " Farid, Li Na, Rajesh, Xin Yi, Aaron, Shu Ting, Hafiz"
        ),
        last_names=_latin(
            "Tan, Lim, Lee, Ng, Wong, Goh, Chua, Koh, Teo, Ong, Rahim, Pillai, Nair, Yeo, Sim, Ismail, Low, Menon"
        ),
    ),
)

_DEPARTMENTS = (
    _Department(
        "Engineering",
        "VP Engineering",
        34,
        (
            ("Software Engineering", "Software Engineer"),
            ("Data Engineering", "Data Engineer"),
            ("Quality Engineering", "Quality Engineer"),
            ("Site Reliability", "Site Reliability Engineer"),
        ),
    ),
    _Department(
        "Product",
        "VP Product",
        12,
        (("Product Management", "Product Manager"), ("Product Design", "Product Designer")),
    ),
    _Department(
        "Sales",
        "VP Sales",
        18,
        (("Account Management", "Account Executive"), ("Sales Engineering", "Sales Engineer")),
    ),
    _Department(
        "Marketing",
        CMO,
        10,
        (("Growth Marketing", "Growth Marketer"), ("Brand", "Brand Designer"), ("Content", "Content Writer")),
    ),
    _Department(
        "People",
        "VP People",
        6,
        (("Talent Acquisition", "Talent Partner"), ("People Operations", "People Operations Specialist")),
    ),
    _Department(
        "Finance",
        "Chief Financial Officer",
        6,
        (("Accounting", "Accountant"), ("Financial Planning", "Financial Analyst")),
    ),
    _Department(
        "Customer Success",
        "VP Customer Success",
        14,
        (("Customer Success", "Customer Success Manager"), ("Support", "Support Engineer")),
    ),
)

_CAST = (
    _Role(CEO, "Executive", "E1", "Executive", None, "Tel Aviv"),
    _Role(CMO, "Executive", "E1", "Marketing", CEO, "Tel Aviv"),
    _Role("VP People", "Executive", "E1", "People", CEO, "London"),
    _Role(HEAD_OF_TALENT, "Talent Acquisition", "M2", "People", "VP People", "Berlin"),
    _Role(COMMUNICATIONS_LEAD, "Communications", "M1", "Marketing", CMO, "Tel Aviv"),
    _Role(CONTENT_EDITOR, "Content", "IC3", "Marketing", COMMUNICATIONS_LEAD, "London"),
    _Role("VP Engineering", "Executive", "E1", "Engineering", CEO, "Tel Aviv"),
    _Role("VP Product", "Executive", "E1", "Product", CEO, "Tel Aviv"),
    _Role("VP Sales", "Executive", "E1", "Sales", CEO, "New York"),
    _Role("Chief Financial Officer", "Executive", "E1", "Finance", CEO, "New York"),
    _Role("VP Customer Success", "Executive", "E1", "Customer Success", CEO, "Berlin"),
)

#: The cast and, in each department, a team lead.
MIN_SIZE = len(_CAST) + len(_DEPARTMENTS)

_SENIORITY = (("IC1", "Junior ", 15), ("IC2", "", 45), ("IC3", "Senior ", 30), ("IC4", "Principal ", 10))


def generate_company(*, seed: int = 7, size: int = 240, today: date) -> list[CompanyEmployee]:
    """The people of the company, the cast first; ``today`` decides who has already started or left.

    Raises ValueError for a company too small to have its cast and its team leads.
    """
    if size < MIN_SIZE:
        raise ValueError(f"a company of {size} has no room for its roles: ask for {MIN_SIZE} people or more")
    hiring = _Hiring(random.Random(seed), today)  # noqa: S311
    by_title: dict[str, _Draft] = {}
    for role in _CAST:
        site = next(site for site in _SITES if site.location == role.location)
        manager = by_title[role.reports_to] if role.reports_to is not None else None
        by_title[role.title] = hiring.hire(
            site=site,
            title=role.title,
            family=role.family,
            level=role.level,
            department=role.department,
            manager=manager,
        )
    specialists: list[_Draft] = []
    for department, count in zip(_DEPARTMENTS, _split(size - len(_CAST), _DEPARTMENTS), strict=True):
        specialists += _staff(hiring, department, count=count, head=by_title[department.head])
    hiring.set_contracts(specialists)
    return [_finished(draft) for draft in hiring.hired]


def find_by_title(employees: Iterable[CompanyEmployee], job_title: str) -> CompanyEmployee:
    """The first person with this title, such as ``CEO`` or ``CONTENT_EDITOR``; LookupError when there is none."""
    found = next((employee for employee in employees if employee.job_title == job_title), None)
    if found is None:
        raise LookupError(f"nobody in this company is {job_title!r}")
    return found


def to_csv(employees: Iterable[CompanyEmployee]) -> str:
    """The file an HR system would export: a header, then a line per person, dates as ISO 8601."""
    names = [field.name for field in fields(CompanyEmployee)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for employee in employees:
        values = (getattr(employee, name) for name in names)
        writer.writerow("" if value is None else str(value) for value in values)
    return text.getvalue()


def write_csv(path: Path, employees: Iterable[CompanyEmployee]) -> None:
    """Put the file (UTF-8) in place whole, so that a reader that watches the folder never sees half of it."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(to_csv(employees), encoding="utf-8", newline="")
    part.replace(path)


class _Hiring:
    """Hands out numbers, names, addresses and hire dates."""

    def __init__(self, rng: random.Random, today: date) -> None:
        self.rng = rng
        self.hired: list[_Draft] = []
        self._today = today
        self._emails: set[str] = set()

    def hire(
        self, *, site: _Site, title: str, family: str, level: str, department: str, manager: _Draft | None
    ) -> _Draft:
        first_name, last_name, email = self._name(site)
        draft = _Draft(
            number=len(self.hired) + 1,
            site=site,
            first_name=first_name,
            last_name=last_name,
            email=email,
            title=title,
            family=family,
            level=level,
            department=department,
            manager=manager,
            start_date=self._start_date(manager),
        )
        self.hired.append(draft)
        return draft

    def set_contracts(self, specialists: Sequence[_Draft]) -> None:
        """Let a few be on leave, gone or still to come, and give some another contract; never those who lead."""
        few = max(1, len(specialists) // 30)
        chosen = self.rng.sample(specialists, min(len(specialists), 3 * few))
        for draft in chosen[:few]:
            draft.status = EmploymentStatus.ON_LEAVE
        for draft in chosen[few : 2 * few]:
            draft.status = EmploymentStatus.PENDING
            draft.start_date = self._today + timedelta(days=self.rng.randint(3, 45))
        for draft in chosen[2 * few :]:
            draft.status = EmploymentStatus.LEFT
            worked = (self._today - draft.start_date).days
            draft.end_date = self._today - timedelta(days=self.rng.randint(1, min(400, worked)))
        for draft in specialists:
            kind = self.rng.random()
            if kind < 0.07:
                draft.employment_type = "part_time"
            elif kind < 0.12:
                draft.employment_type = "contractor"
                if draft.end_date is None:
                    draft.end_date = self._today + timedelta(days=self.rng.randint(90, 360))

    def _name(self, site: _Site) -> tuple[_Name, _Name, str]:
        for _ in range(20):  # people of one name exist, but are rare
            first_name, last_name = self.rng.choice(site.first_names), self.rng.choice(site.last_names)
            local = f"{first_name.spelled}.{last_name.spelled}"
            if f"{local}@{EMAIL_DOMAIN}" not in self._emails:
                break
        email, namesakes = f"{local}@{EMAIL_DOMAIN}", 1
        while email in self._emails:
            namesakes += 1
            email = f"{local}{namesakes}@{EMAIL_DOMAIN}"
        self._emails.add(email)
        return first_name, last_name, email

    def _start_date(self, manager: _Draft | None) -> date:
        """Somewhere in the company's years, more of it lately as it grew, and on a day that every site works."""
        share = self.rng.random() ** 1.5
        if manager is None:
            share = 1.0
        elif manager.manager is None:
            share = 0.3 + 0.6 * share
        start_date = self._today - timedelta(days=10 + round(share * (_YEARS * 365 - 15)))
        while start_date.weekday() > 3:  # Friday to Sunday: the weekends of Tel Aviv and of everybody else
            start_date -= timedelta(days=1)
        return start_date


def _staff(hiring: _Hiring, department: _Department, *, count: int, head: _Draft) -> list[_Draft]:
    """Hire a department under its head, team leads first; returns those who lead nobody."""
    rng = hiring.rng
    leads = []
    for number in range(max(1, count // (_TEAM_SIZE + 1))):
        family, _ = department.families[number % len(department.families)]
        lead = hiring.hire(
            site=_any_site(rng),
            title=f"{family} Team Lead",
            family=family,
            level="M1",
            department=department.name,
            manager=head,
        )
        leads.append(lead)
    specialists = []
    for _ in range(count - len(leads)):
        site = _any_site(rng)
        near = [lead for lead in leads if lead.site is site] or leads
        lead = rng.choice(near)
        title = dict(department.families)[lead.family]
        level, prefix, _weight = rng.choices(_SENIORITY, weights=[weight for _, _, weight in _SENIORITY])[0]
        specialists.append(
            hiring.hire(
                site=site,
                title=f"{prefix}{title}",
                family=lead.family,
                level=level,
                department=department.name,
                manager=lead,
            )
        )
    return specialists


def _any_site(rng: random.Random) -> _Site:
    return rng.choices(_SITES, weights=[site.weight for site in _SITES])[0]


def _split(count: int, departments: Sequence[_Department]) -> list[int]:
    """Share people out by weight, one at least for each department; the largest takes what rounding leaves."""
    total = sum(department.weight for department in departments)
    spare = count - len(departments)
    shares = [1 + spare * department.weight // total for department in departments]
    shares[0] += count - sum(shares)
    return shares


def _finished(draft: _Draft) -> CompanyEmployee:
    return CompanyEmployee(
        employee_id=_employee_id(draft),
        employee_number=f"LUM-{draft.number:05}",
        email=draft.email,
        login=draft.email,
        first_name=draft.first_name.written,
        last_name=draft.last_name.written,
        display_name=f"{draft.first_name.written} {draft.last_name.written}",
        job_title=draft.title,
        job_family=draft.family,
        job_level=draft.level,
        department=draft.department,
        division=draft.site.division,
        location=draft.site.location,
        country=draft.site.country,
        locale=draft.site.locale,
        time_zone=draft.site.time_zone,
        manager_employee_id=_employee_id(draft.manager) if draft.manager is not None else None,
        employment_type=draft.employment_type,
        start_date=draft.start_date,
        end_date=draft.end_date,
        status=draft.status,
    )


def _employee_id(draft: _Draft) -> str:
    return f"E{draft.number:05}"
