"""Account and client, Contact and contact, Opportunity and project: which field goes where, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from timebridge.choices import Unfit, overlaid
from timebridge.converters import DATE, HOURS, MONEY, Converter, filled, text
from timebridge.flows import ALWAYS, Confirm, Direction, Field, Flow, field, one_of, optional, ref
from timebridge.lines import among
from timebridge.providers.salesforce import money, tasks
from timebridge.providers.salesforce.presets import (
    ACCOUNT,
    CONTACT,
    OPPORTUNITY,
    PRESETS,
    PROJECTS,
    PUSH,
    TASKS,
    spelt_out,
    switched_on,
)
from timebridge.records import Value

EXTERNAL_ID = "TB_External_Id__c"
"""The field of our package that holds our record's id: unique, and the key of every create."""

WON = ("Closed Won",)
ACCOUNTS = ("all", "needed")
NEVER = one_of("Id")

IN, OUT = Direction.IN, Direction.OUT

OPTIONAL_FLOWS = (CONTACT,)
"""The people of clients travel only where the tenant asks for it."""

NEVER_EMPTY = ("StageName", "CloseDate")
"""Salesforce refuses an opportunity without them, so an empty value of ours leaves them as they are."""


def flows(settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    """The flows of a connection. Raises choices.Unfit.

    Settings, all optional: `presets` (any of projects, push, tasks), `stages` (an opportunity becomes a project when it
    reaches one of them), `accounts` ("all", or "needed": only those of opportunities that come in), `first_stage` (of
    opportunities we create), and `flows` (what is chosen of each of them, see `timebridge.choices`).
    """
    presets, own = _presets(settings), settings.get("flows", {})
    records = account_flow(settings), opportunity_flow(settings), contact_flow(), *money.flows(settings)
    found = overlaid(records if {PROJECTS, PUSH} & set(presets) else (), switched_on(presets))
    found = overlaid((*found, *tasks.flows(settings)), spelt_out(own), OPTIONAL_FLOWS)
    return tuple(_never_emptied(flow) for flow in found)


def _presets(settings: Mapping[str, Any]) -> Sequence[str]:
    presets = settings.get("presets", [PROJECTS])
    known = ", ".join(PRESETS)
    if not isinstance(presets, list) or not presets:
        raise Unfit("presets", "No preset is chosen.", f"Choose any of: {known}.")
    for name in presets:
        if name not in PRESETS:
            raise Unfit("presets", f"There is no preset {str(name)[:60]}.", f"There are: {known}.")
    return presets


def account_flow(settings: Mapping[str, Any]) -> Flow:
    """A standard Account has no e-mail address: it has the field of our package. Where Person Accounts are on,
    `PersonEmail` may be chosen instead; the addresses of people travel with their contacts."""
    return Flow(
        name=ACCOUNT,
        kind="client",
        object="Account",
        fields=(
            field("name", "Name", text(255)),
            field("email", "TB_Email__c", text(80)),
            field("phone", "Phone", text(40)),
            optional(field("fax", "Fax", text(40))),
            optional(field("website", "Website", text(255))),
            field("address_street", "BillingStreet", text(255)),
            field("address_city", "BillingCity", text(40)),
            field("address_state", "BillingState", text(80)),
            field("address_zip", "BillingPostalCode", text(20)),
            field("address_country", "BillingCountry", text(80)),
            optional(field("industry", "Industry", text(40))),
            field("notes", "Description", text(32000)),
        ),
        match="name",
        confirm=Confirm.LIKELY,
        external=EXTERNAL_ID,
        survivor="MasterRecordId",
        when_theirs=NEVER if among("accounts", settings.get("accounts", "all"), ACCOUNTS) == "needed" else ALWAYS,
        create_ours=False,
        create_theirs=False,
        deletions=None,
    )


def opportunity_flow(settings: Mapping[str, Any]) -> Flow:
    """The close date stays Salesforce's own, as forecasts hang on it; a project's dates have fields of our package."""
    return Flow(
        name=OPPORTUNITY,
        kind="project",
        object="Opportunity",
        fields=(
            field("name", "Name", text(120)),
            ref("client", "AccountId", parent=ACCOUNT),
            field("budget", "Amount", MONEY),
            field("amount", "Amount", MONEY, IN),
            field("stage", "StageName", direction=IN),
            field("probability", "Probability", HOURS, IN),
            field("close_date", "CloseDate", DATE, IN),
            field("start_date", "TB_Start_Date__c", DATE),
            field("end_date", "TB_End_Date__c", DATE),
            field("status", "TB_Status__c", text(80), OUT),
            field("notes", "TB_Status_Notes__c", text(32000), OUT),
            field("budget_hours", "TB_Budget_Hours__c", HOURS, OUT),
            *money.project_fields(settings),
        ),
        confirm=Confirm.LIKELY,
        external=EXTERNAL_ID,
        when_theirs=one_of("StageName", *_stages(settings)),
        create_ours=False,
        create_theirs=False,
        deletions=None,
        on_create_theirs={
            "StageName": settings.get("first_stage", "Prospecting"),
            "CloseDate": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
        },
    )


def _stages(settings: Mapping[str, Any]) -> Sequence[str]:
    """Anything else than a list is reported by those who check settings; here it is one stage."""
    stages = settings.get("stages", WON)
    return stages if isinstance(stages, list | tuple) else [str(stages)]


def contact_flow() -> Flow:
    """The people of a client. One without a last name has his only name there, as Salesforce needs one."""
    return Flow(
        name=CONTACT,
        kind="contact",
        object="Contact",
        fields=(
            ref("client", "AccountId", parent=ACCOUNT),
            Field("name", ("FirstName", "LastName"), FULL_NAME),
            field("given_name", "FirstName", direction=IN),
            field("family_name", "LastName", direction=IN),
            field("title", "Title", text(128)),
            field("email", "Email", text(80)),
            field("phone", "OtherPhone", text(40)),
            field("mobile", "MobilePhone", text(40)),
            field("address_street", "MailingStreet", text(255)),
            field("address_city", "MailingCity", text(40)),
            field("address_state", "MailingState", text(80)),
            field("address_zip", "MailingPostalCode", text(20)),
            field("address_country", "MailingCountry", text(80)),
        ),
        confirm=Confirm.LIKELY,
        external=EXTERNAL_ID,
        survivor="MasterRecordId",
        deletions=None,
    )


def _name_in(given: object, family: object) -> Value:
    return " ".join(str(part).strip() for part in (given, family) if part and str(part).strip()) or None


def _name_out(value: Value) -> object:
    given, _, family = str(value or "").rpartition(" ")
    return (given.strip()[:40] or None, family[:80] or None)


FULL_NAME = Converter(_name_in, _name_out)
"""A name in first name and last name: the last word is the last name."""


def _never_emptied(flow: Flow) -> Flow:
    lines = (
        replace(line, converter=filled(line.converter))
        if line.theirs[0] in NEVER_EMPTY and flow.direction_of(line).goes_out
        else line
        for line in flow.fields
    )
    return replace(flow, fields=tuple(lines))


__all__ = ["EXTERNAL_ID", "OPTIONAL_FLOWS", "TASKS", "account_flow", "contact_flow", "flows", "opportunity_flow"]
