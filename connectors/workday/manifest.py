"""Workday, declared: a customer's report as a list of people. Facts: the pages named in this folder's README."""

from datetime import date

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import (
    ApiKey,
    ConnectorKind,
    LicenceModel,
    Manifest,
    SettingField,
    SetupEffort,
    Verified,
    VerifiedHow,
)

#: What a report's columns are called unless its author says otherwise; the id of a person, and our fields.
COLUMNS = {
    "external_id": "Employee_ID",
    "work_email": "Email_Work",
    "first_name": "First_Name",
    "last_name": "Last_Name",
    "login": "User_Name",
    "display_name": "Preferred_Name",
    "title": "Business_Title",
    "job_family": "Job_Family",
    "job_level": "Job_Level",
    "department": "Supervisory_Organization",
    "division": "Company",
    "location": "Location",
    "country": "Country_ISO",
    "manager_ref": "Manager_Employee_ID",
    "employment_type": "Worker_Type",
    "started_on": "Hire_Date",
    "ended_on": "Termination_Date",
    "status": "Active_Status",
}

MANIFEST = Manifest(
    slug="workday",
    title="Workday",
    kind=ConnectorKind.DIRECTORY,
    auth=ApiKey(),
    capabilities=frozenset({Capability.LIST_DIRECTORY}),
    settings=(
        SettingField("host_url", "Address of the host, such as https://wd3-services1.myworkday.com", required=True),
        SettingField("tenant", "Tenant", required=True),
        SettingField("owner", "Owner of the report", required=True),
        SettingField("report", "Name of the report", required=True),
        SettingField("user", "Integration system user", required=True),
        SettingField("password", "Password of the integration system user", secret=True, required=True),
        SettingField("patience_seconds", "How long the report may take to begin", default="600"),
        *(
            SettingField(f"column_{name}", f"Column of the report for {name}", default=theirs)
            for name, theirs in COLUMNS.items()
        ),
    ),
    licence=LicenceModel.CONTRACT,
    setup_effort=SetupEffort.DAYS,
    verified=Verified(how=VerifiedHow.SIMULATOR, on=date(2026, 11, 25), source="https://doc.workday.com/"),
    links={"Documentation": "https://doc.workday.com/"},
)
