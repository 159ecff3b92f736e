"""What the work comes to: totals on the opportunity, and hours, invoices, payments and the team as records below it.

Everything here goes out, and only for projects whose opportunity is linked.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from timebridge.converters import DATE, FLAG, HOURS, MONEY, Converter, choice, text
from timebridge.flows import ALWAYS, All, Condition, Direction, Field, Flow, field, follows, maybe, one_of
from timebridge.lines import Unfit, shown

OUT = Direction.OUT
PROJECT = "salesforce.opportunity"
USER = "salesforce.user"
INVOICE = "salesforce.invoice"
EXPORTS = ("none", "totals", "entries")

MOMENT = Converter(lambda value: f"{str(value)[:19]}Z" if value else None, lambda value: value)
"""Whole seconds of UTC, as Salesforce keeps them."""

ENTRY_STATES = choice({"Submitted": "submitted", "Approved": "approved", "Invoiced": "invoiced"})
INVOICE_STATES = choice({"Draft": "draft", "Final": "final", "Void": "void"})

OPPORTUNITY = follows("project", "Opportunity__c", PROJECT, OUT)


def _sum(ours: str, theirs: str) -> Field:
    """Nothing there and zero here are the same: a new project is not written back for that."""
    return replace(field(ours, theirs, MONEY, OUT), start=Decimal("0.00"))


SUMS = (
    _sum("expenses_total", "TB_Total_Expenses__c"),
    _sum("invoiced_total", "TB_Total_Invoiced__c"),
    _sum("paid_total", "TB_Total_Paid__c"),
)
TIME_SUMS = (
    _sum("hours_total", "TB_Total_Hours__c"),
    field("budget_used", "TB_Budget_Used__c", HOURS, OUT),
    field("budget_hours_used", "TB_Budget_Hours_Used__c", HOURS, OUT),
    field("summary_at", "TB_Summary_At__c", MOMENT, OUT),
)


def project_fields(settings: Mapping[str, Any]) -> tuple[Field, ...]:
    """The totals of a project; without `export_time` none of those that tell of hours."""
    return SUMS if _export_time(settings) == "none" else (*SUMS, *TIME_SUMS)


def flows(settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    """Settings, all optional: `export_time` ("none", or false; "totals"; "entries": the entries themselves too) and
    `users` (true: staff are matched to Salesforce users by their e-mail address). Raises Unfit."""
    users = bool(settings.get("users", False))
    entries = (entry_flow(users),) if _export_time(settings) == "entries" else ()
    return (*((user_flow(),) if users else ()), *entries, team_flow(users), invoice_flow(), payment_flow())


def _export_time(settings: Mapping[str, Any]) -> str:
    """Raises Unfit. Not chosen: the preset `push` carries hours as records, otherwise they are totals."""
    chosen = settings.get("export_time")
    if chosen is None:
        return "entries" if "push" in settings.get("presets", []) else "totals"
    if chosen is not False and chosen not in EXPORTS:
        raise Unfit("export_time", f"Time is not exported as {shown(chosen)}.", f"Choose one of: {', '.join(EXPORTS)}.")
    return str(chosen or "none")


def _carried(name: str, kind: str, object: str, when: Condition, fields: tuple[Field, ...]) -> Flow:
    """Our records below an opportunity: made, kept equal and withdrawn from here."""
    return Flow(
        name=f"salesforce.{name}",
        kind=kind,
        object=object,
        fields=(OPPORTUNITY, *fields),
        direction=OUT,
        when_ours=when,
        create_ours=False,
        deletions=OUT,
        posting=True,
    )


def _person(users: bool) -> tuple[Field, ...]:
    named = field("staff_name", "Person_Name__c", text(121))
    return (named, maybe("staff", "User__c", USER)) if users else (named,)


def entry_flow(users: bool) -> Flow:
    return _carried(
        "time_entry",
        "time_entry",
        "TB_Time_Entry__c",
        one_of("status", "submitted", "approved"),
        (
            *_person(users),
            field("work_date", "Work_Date__c", DATE),
            field("hours", "Hours__c", HOURS),
            field("billable", "Billable__c", FLAG),
            field("charged_rate", "Rate__c", MONEY),
            field("amount", "Amount__c", MONEY),
            field("notes", "Notes__c", text(32_768)),
            field("state", "Status__c", ENTRY_STATES),
        ),
    )


def team_flow(users: bool) -> Flow:
    return _carried(
        "team_member",
        "assignment",
        "TB_Team_Member__c",
        one_of("active", True, None),
        (*_person(users), field("role", "Role__c", text(80)), field("rate", "Rate__c", MONEY)),
    )


def invoice_flow() -> Flow:
    return _carried(
        "invoice",
        "invoice",
        "TB_Invoice__c",
        All((one_of("status", "final"), one_of("credits", None))),
        (
            field("number", "Number__c", text(80)),
            field("date", "Date__c", DATE),
            field("due_date", "Due_Date__c", DATE),
            field("amount", "Amount__c", MONEY),
            field("balance", "Balance__c", MONEY),
            field("status", "Status__c", INVOICE_STATES),
        ),
    )


def payment_flow() -> Flow:
    return _carried(
        "payment",
        "payment",
        "TB_Payment__c",
        ALWAYS,
        (
            maybe("invoice", "Invoice__c", INVOICE),
            field("number", "Number__c", text(80)),
            field("date", "Date__c", DATE),
            field("amount", "Amount__c", MONEY),
            field("balance", "Balance__c", MONEY),
        ),
    )


def user_flow() -> Flow:
    """Who is who: no user is ever created, nobody is created here, and neither side changes the other."""
    return Flow(
        name=USER,
        kind="staff",
        object="User",
        fields=(field("email", "Email"),),
        match="email",
        when_theirs=one_of("IsActive", True),
        create_ours=False,
        create_theirs=False,
        update_ours=False,
        update_theirs=False,
        deletions=None,
    )
