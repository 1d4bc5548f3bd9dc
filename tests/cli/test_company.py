"""The made-up company: valid as an HR export, the same every time, and with the people a demo asks for."""

import csv
import io
import unicodedata
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.cli.demo.company import (
    CEO,
    CMO,
    COMMUNICATIONS_LEAD,
    CONTENT_EDITOR,
    HEAD_OF_TALENT,
    MIN_SIZE,
    CompanyEmployee,
    find_by_title,
    generate_company,
    to_csv,
    write_csv,
)
from services.core.employees.models import EmploymentStatus

TODAY = date(2026, 3, 2)
HEADER = (
    "employee_id,employee_number,email,login,first_name,last_name,display_name,job_title,job_family,job_level,department,"
    "division,location,country,locale,time_zone,manager_employee_id,employment_type,start_date,end_date,status"
)


@pytest.fixture(scope="module")
def company() -> list[CompanyEmployee]:
    return generate_company(today=TODAY)


@pytest.mark.parametrize("size", [MIN_SIZE, 25, 240, 3000])
class TestEverySize:
    def test_ids_numbers_and_addresses_are_unique_and_plain(self, size: int) -> None:
        company = generate_company(size=size, today=TODAY)
        assert len(company) == size
        for values in (
            {employee.employee_id for employee in company},
            {employee.employee_number for employee in company},
            {employee.email.casefold() for employee in company},
            {employee.login for employee in company},
        ):
            assert len(values) == size
        for employee in company:
            assert employee.email.isascii()
            local, _, domain = employee.email.partition("@")
            assert domain == "lumen.example"
            assert all(part and part.replace("-", "").isalnum() for part in local.split(".")), employee.email

    def test_managers_form_one_tree_under_the_chief_executive(self, size: int) -> None:
        company = generate_company(size=size, today=TODAY)
        by_id = {employee.employee_id: employee for employee in company}
        assert [e.job_title for e in company if e.manager_employee_id is None] == [CEO]
        for employee in company:
            seen = {employee.employee_id}
            above = employee
            while above.manager_employee_id is not None:
                above = by_id[above.manager_employee_id]
                assert above.status is EmploymentStatus.ACTIVE
                assert above.employee_id not in seen
                seen.add(above.employee_id)

    def test_dates_agree_with_the_status(self, size: int) -> None:
        for employee in generate_company(size=size, today=TODAY):
            if employee.status is EmploymentStatus.PENDING:
                assert employee.start_date > TODAY
            else:
                assert TODAY - timedelta(days=10 * 366) < employee.start_date < TODAY
            if employee.status is EmploymentStatus.LEFT:
                assert employee.end_date is not None
                assert employee.start_date <= employee.end_date < TODAY
            elif employee.end_date is not None:
                assert employee.end_date > max(TODAY, employee.start_date)


class TestPeople:
    def test_names_come_in_hebrew_and_in_latin_with_accents(self, company: list[CompanyEmployee]) -> None:
        for employee in company:
            is_hebrew = any(unicodedata.name(letter).startswith("HEBREW") for letter in employee.display_name)
            assert is_hebrew == (employee.location == "Tel Aviv")
            assert employee.locale == ("he" if is_hebrew else "en")
            assert employee.display_name == f"{employee.first_name} {employee.last_name}"
        assert sum(employee.locale == "he" for employee in company) > 50
        latin = [employee for employee in company if employee.locale == "en"]
        assert sum(not employee.display_name.isascii() for employee in latin) > 20

    def test_five_sites_each_in_its_zone(self, company: list[CompanyEmployee]) -> None:
        places = {(employee.location, employee.country, employee.time_zone) for employee in company}
        assert places == {
            ("Tel Aviv", "IL", "Asia/Jerusalem"),
            ("Berlin", "DE", "Europe/Berlin"),
            ("London", "GB", "Europe/London"),
            ("New York", "US", "America/New_York"),
            ("Singapore", "SG", "Asia/Singapore"),
        }
        for _, _, zone in places:
            ZoneInfo(zone)

    def test_seven_departments_under_the_management(self, company: list[CompanyEmployee]) -> None:
        departments = {employee.department for employee in company} - {"Executive"}
        expected = {"Engineering", "Product", "Sales", "Marketing", "People", "Finance", "Customer Success"}
        assert departments == expected
        chief = find_by_title(company, CEO)
        heads = [employee for employee in company if employee.manager_employee_id == chief.employee_id]
        assert sorted(head.department for head in heads) == sorted(expected)

    def test_most_are_active_and_a_few_are_on_leave_gone_or_still_to_come(self, company: list[CompanyEmployee]) -> None:
        count = {status: sum(employee.status is status for employee in company) for status in EmploymentStatus}
        assert count[EmploymentStatus.SUSPENDED] == 0
        for status in (EmploymentStatus.ON_LEAVE, EmploymentStatus.LEFT, EmploymentStatus.PENDING):
            assert 2 <= count[status] <= 20
        started = {employee.start_date.year for employee in company}
        assert len(started) >= 10

    def test_an_umlaut_is_written_out_in_the_address(self, company: list[CompanyEmployee]) -> None:
        schroeder = next(employee for employee in company if employee.last_name == "Schröder")
        assert schroeder.email.partition("@")[0].endswith(".schroeder")


class TestCast:
    @pytest.mark.parametrize(
        ("title", "department"),
        [
            (CEO, "Executive"),
            (CMO, "Marketing"),
            (HEAD_OF_TALENT, "People"),
            (COMMUNICATIONS_LEAD, "Marketing"),
            (CONTENT_EDITOR, "Marketing"),
        ],
    )
    def test_each_role_is_held_by_one_active_person_in_every_size(
        self, company: list[CompanyEmployee], title: str, department: str
    ) -> None:
        found = find_by_title(company, title)
        assert [employee for employee in company if employee.job_title == title] == [found]
        assert found.department == department
        assert found.status is EmploymentStatus.ACTIVE
        assert found.end_date is None
        assert find_by_title(generate_company(size=MIN_SIZE, today=TODAY), title) == found

    def test_an_unknown_title_names_what_was_looked_for(self, company: list[CompanyEmployee]) -> None:
        with pytest.raises(LookupError, match="Chief Astronaut"):
            find_by_title(company, "Chief Astronaut")


class TestReproducible:
    def test_the_same_seed_and_day_give_the_same_people(self, company: list[CompanyEmployee]) -> None:
        assert generate_company(today=TODAY) == company

    def test_another_seed_gives_other_people(self, company: list[CompanyEmployee]) -> None:
        other = {employee.email for employee in generate_company(seed=8, today=TODAY)}
        assert len(other & {employee.email for employee in company}) < 60

    def test_another_day_keeps_the_people_and_moves_their_dates(self, company: list[CompanyEmployee]) -> None:
        later = generate_company(today=TODAY + timedelta(days=7))
        assert [e.email for e in later] == [e.email for e in company]
        assert [e.start_date - timedelta(days=7) for e in later] == [e.start_date for e in company]

    def test_a_company_too_small_for_its_roles_is_refused(self) -> None:
        with pytest.raises(ValueError, match=f"ask for {MIN_SIZE} people or more"):
            generate_company(size=MIN_SIZE - 1, today=TODAY)


class TestCsv:
    def test_the_header_and_every_row_are_what_the_directory_import_expects(
        self, company: list[CompanyEmployee]
    ) -> None:
        text = to_csv(company)
        assert text.splitlines()[0] == HEADER
        rows = list(csv.DictReader(io.StringIO(text)))
        assert len(rows) == len(company)
        for row, employee in zip(rows, company, strict=True):
            assert row["status"] in {"pending", "active", "on_leave", "left"}
            assert date.fromisoformat(row["start_date"]) == employee.start_date
            assert row["end_date"] == ("" if employee.end_date is None else employee.end_date.isoformat())
            assert row["manager_employee_id"] == (employee.manager_employee_id or "")
            assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())

    def test_the_file_is_put_in_place_whole(self, company: list[CompanyEmployee], tmp_path: Path) -> None:
        path = tmp_path / "people.csv"
        write_csv(path, company)
        assert path.read_text(encoding="utf-8") == to_csv(company)
        assert list(tmp_path.iterdir()) == [path]
