"""The kinds of the workspace as data: what each record holds, and what may become of it."""

import secrets
import time
from collections.abc import Mapping
from decimal import Decimal

from timebridge.errors import Rejected
from timebridge.workspace import accounting
from timebridge.workspace.properties import (
    Kind,
    Property,
    computed,
    day,
    email,
    flag,
    hours,
    image_of,
    money,
    percent,
    rate,
    refers_to,
    tax_percent,
    text,
)
from timebridge.workspace.readers import Choice, Day, Flag, Number, Text
from timebridge.workspace.wording import shown

NAME = text(required=True)

NOTES = text(32_000)

ACTIVE = flag(default=True)


def _address(name: str) -> dict[str, Property]:
    return {
        f"{name}_street": text(3_000),
        f"{name}_city": text(),
        f"{name}_state": text(),
        f"{name}_zip": text(30),
        f"{name}_country": text(),
    }


ADDRESS = _address("address")

PERSON = {
    "title": text(128),
    "given_name": text(100),
    "middle_name": text(100),
    "family_name": text(100),
    "suffix": text(40),
}

IN_BOOKS = {
    "name_in_books": image_of(500),
    "term": Property(Text(), parent="term", synced=True),
    "payment_method": Property(Text(), parent="payment_method", synced=True),
    "delivery_method": image_of(40),
    "balance": Property(Number("0.01"), synced=True),
    "balance_with_jobs": Property(Number("0.01"), synced=True),
    "taxable": Property(Flag(), synced=True),
    "resale_number": image_of(40),
}
"""What the books say of a client. It is changed there."""

ENTRY_STATUS = Property(Choice(("draft", "submitted", "approved", "rejected")), decided=True, default="draft")

REJECTED_BECAUSE = Property(Text(1_000), decided=True)
"""What whoever rejected an entry said; it goes when the entry is handed in again."""

INVOICE_STATUS = Property(Choice(("draft", "reviewed", "final", "void")), decided=True, default="draft")

DOCUMENT = {"number": text(80), "date": day(required=True), "amount": money(), "notes": NOTES}

RATE_OF_EXCHANGE = Property(Number("0.000001", Decimal(0)))

COST = Property(Number("0.01"), computed=True, confidential=True)

POSTED_TO = Property(Text(80), computed=True)
"""The connection whose books a record is in, or is on its way into: set by posting, cleared by taking it back."""

WHEN_CLOSED = Property(Choice(("first_open",)), computed=True)
"""What somebody decided about a record of a closed period: that it is posted on the first open day."""

FROM_BOOKS = Property(Text(80), synced=True)
"""The connection whose books a record was imported from: it is in those books and never posted."""

PRICE = {"charged_rate": money(computed=True), "amount": money(computed=True), "cost": COST}

POSTED = {
    "posted_number": image_of(40),
    "posted_due_date": Property(Day(), synced=True),
    "posted_tax": Property(Number("0.01"), synced=True),
    "posted_total": Property(Number("0.01"), synced=True),
    "posted_balance": Property(Number("0.01"), synced=True),
    "posted_rate": Property(Number("0.000001", Decimal(0)), synced=True),
    "posted_home_total": Property(Number("0.01"), synced=True),
}
"""What the books made of an invoice: its number and tax there, what it comes to with it, and what is still open."""


def _dimensions() -> dict[str, Property]:
    """What the books count a record under, by the first of entry, task, project, person and default that says so."""
    return {"class": refers_to("class"), "department": refers_to("department")}


def _kind(name: str, prefix: str, label: str = "name", key: str | None = None, /, **properties: Property) -> Kind:
    return Kind(name, prefix, properties, label, key)


KINDS = {
    kind.name: kind
    for kind in (
        _kind(
            "firm",
            "frm",
            name=NAME,
            legal_name=text(),
            email=email(),
            phone=text(40),
            website=text(),
            **ADDRESS,
            fiscal_year_start=text(20),
            time_zone=text(80),
        ),
        _kind(
            "client",
            "cli",
            name=text(500, required=True),
            legal_name=text(),
            **PERSON,
            email=email(),
            phone=text(40),
            direct_phone=text(40),
            mobile=text(40),
            fax=text(40),
            website=text(1_000),
            **ADDRESS,
            **_address("delivery"),
            industry=text(80),
            currency=text(3),
            notes=NOTES,
            active=ACTIVE,
            **IN_BOOKS,
        ),
        _kind(
            "contact",
            "con",
            client=refers_to("client"),
            name=NAME,
            given_name=text(80),
            family_name=text(80),
            email=email(),
            phone=text(40),
            mobile=text(40),
            title=text(128),
            **ADDRESS,
            notes=NOTES,
            active=ACTIVE,
        ),
        _kind(
            "project",
            "prj",
            client=refers_to("client", required=True),
            manager=refers_to("staff"),
            name=NAME,
            code=text(80),
            status=text(80),
            stage=text(80),
            budget=money(),
            budget_hours=hours(),
            start_date=day(),
            end_date=day(),
            probability=percent(),
            amount=money(),
            close_date=day(),
            currency=text(3),
            notes=NOTES,
            open_to_all=flag(),
            managed_by=image_of(),
            rate=rate(),
            path=image_of(1_000),
            for_client=Property(Flag(), synced=True),
            **_dimensions(),
            **{name: money(computed=True) for name in accounting.TOTALS["project"]} | {"cost_total": COST},
            budget_used=money(computed=True),
            budget_hours_used=money(computed=True),
            summary_at=computed(),
        ),
        _kind(
            "task",
            "tsk",
            project=refers_to("project", required=True),
            task=refers_to("task"),
            name=NAME,
            code=text(80),
            status=text(80),
            due_date=day(),
            budget_hours=hours(),
            notes=NOTES,
            active=ACTIVE,
            managed_by=image_of(),
            origin=image_of(80),
            origin_id=image_of(80),
            **_dimensions(),
        ),
        _kind(
            "staff",
            "stf",
            "name",
            "email",
            name=NAME,
            given_name=text(80),
            family_name=text(80),
            email=email(),
            manager=refers_to("staff"),
            active=ACTIVE,
            rate=money(),
            cost_rate=rate(confidential=True),
            phone=text(40),
            **_dimensions(),
        ),
        _kind(
            "assignment",
            "asg",
            "role",
            project=refers_to("project", required=True),
            task=refers_to("task"),
            staff=refers_to("staff", required=True),
            role=text(80),
            rate=money(),
            active=ACTIVE,
            staff_name=computed(),
        ),
        _kind(
            "labour_code", "lab", "name", "code", name=NAME, code=text(80), rate=money(), billable=flag(), active=ACTIVE
        ),
        _kind(
            "expense_code",
            "xpc",
            "name",
            "code",
            name=NAME,
            code=text(80),
            billable=flag(),
            active=ACTIVE,
            account=refers_to("account"),
            item=refers_to("item"),
        ),
        _kind("account", "acc", "name", "code", name=NAME, code=text(80), type=text(80), active=ACTIVE),
        _kind("tax_rate", "tax", "name", "code", name=NAME, code=text(80), percent=tax_percent(), active=ACTIVE),
        _kind(
            "tax_code",
            "txc",
            "name",
            "code",
            name=NAME,
            code=text(80),
            description=text(),
            taxable=flag(),
            percent=tax_percent(),
            active=ACTIVE,
        ),
        _kind("department", "dep", "name", "code", name=NAME, code=text(80), active=ACTIVE),
        _kind("payment_method", "pym", name=NAME, type=text(80), active=ACTIVE),
        _kind("item", "itm", "name", "code", name=NAME, code=text(80), type=text(80), rate=money(), active=ACTIVE),
        _kind("class", "cls", "name", "code", name=NAME, code=text(80), active=ACTIVE),
        _kind("term", "trm", name=NAME, days=hours(), active=ACTIVE),
        _kind("payroll_item", "pay", "name", "code", name=NAME, code=text(80), active=ACTIVE),
        _kind(
            "time_entry",
            "ent",
            "work_date",
            project=refers_to("project", required=True),
            task=refers_to("task"),
            staff=refers_to("staff", required=True),
            labour_code=refers_to("labour_code"),
            work_date=day(required=True),
            hours=hours(24, required=True),
            notes=text(4_000),
            billable=flag(default=True),
            rate=money(),
            status=ENTRY_STATUS,
            rejected_because=REJECTED_BECAUSE,
            origin=Property(Text(80), computed=True),
            origin_id=Property(Text(80), computed=True),
            staff_name=computed(),
            **PRICE,
            invoice=refers_to("invoice", computed=True),
            state=computed(),
            **_dimensions(),
            posted_to=POSTED_TO,
            when_closed=WHEN_CLOSED,
            from_books=FROM_BOOKS,
        ),
        _kind(
            "expense",
            "exp",
            "date",
            project=refers_to("project", required=True),
            staff=refers_to("staff", required=True),
            expense_code=refers_to("expense_code"),
            date=day(required=True),
            amount=money(required=True),
            notes=text(4_000),
            billable=flag(default=True),
            status=ENTRY_STATUS,
            rejected_because=REJECTED_BECAUSE,
            report=refers_to("expense_report"),
            card=refers_to("account"),
            **_dimensions(),
            invoice=refers_to("invoice", computed=True),
            posted_to=POSTED_TO,
            when_closed=WHEN_CLOSED,
        ),
        _kind(
            "expense_report",
            "xrp",
            "date",
            staff=refers_to("staff", required=True),
            date=day(required=True),
            number=text(21),
            notes=text(4_000),
            post_as=Property(Choice(("bill", "check"))),
            status=ENTRY_STATUS,
            rejected_because=REJECTED_BECAUSE,
            amount=money(computed=True),
            posted_to=POSTED_TO,
            when_closed=WHEN_CLOSED,
        ),
        _kind(
            "invoice",
            "inv",
            "date",
            client=refers_to("client", required=True),
            project=refers_to("project"),
            due_date=day(),
            **DOCUMENT,
            status=INVOICE_STATUS,
            lines=hours(computed=True),
            paid_total=money(computed=True),
            balance=money(computed=True),
            term=refers_to("term"),
            tax_code=refers_to("tax_code"),
            currency=text(3),
            exchange_rate=RATE_OF_EXCHANGE,
            memo=text(1_000),
            po_number=text(80),
            **_dimensions(),
            posted_to=POSTED_TO,
            credits=refers_to("invoice", computed=True),
            when_closed=WHEN_CLOSED,
            **POSTED,
            from_books=FROM_BOOKS,
        ),
        _kind(
            "payment",
            "pmt",
            "date",
            client=refers_to("client", required=True),
            project=refers_to("project"),
            invoice=refers_to("invoice"),
            **DOCUMENT | {"amount": money(required=True)},
            balance=money(computed=True),
            applied=image_of(100_000),
            applied_to=computed(100_000),
            from_books=image_of(80),
        ),
        _kind(
            "transaction",
            "trn",
            "date",
            client=refers_to("client", required=True),
            type=Property(Text(80), required=True, synced=True),
            **DOCUMENT,
            due_date=day(),
            balance=money(),
            status=text(80),
            currency=text(3),
            exchange_rate=RATE_OF_EXCHANGE,
            memo=text(4_000),
            sent=flag(),
            job=text(500),
            person=text(500),
            hours=hours(),
            rate=rate(),
            managed_by=image_of(),
        ),
    )
}

MOVES = {
    "submit": (("draft", "rejected"), "submitted"),
    "approve": (("submitted",), "approved"),
    "reject": (("submitted",), "rejected"),
    "reopen": (("submitted", "approved", "rejected"), "draft"),
}
"""What may become of an entry: from which statuses, to which."""

INVOICE_MOVES = {
    "review": (("draft",), "reviewed"),
    "reopen": (("reviewed",), "draft"),
    "finalise": (("draft", "reviewed"), "final"),
    "void": (("draft", "reviewed", "final"), "void"),
}
"""What may become of an invoice. It is edited as a draft; one that somebody looked through waits to go out as it is."""


def kind_of(name: str) -> Kind:
    try:
        return KINDS[name]
    except KeyError:
        raise Rejected(
            f"There is no kind of record called {shown(name)}.",
            remedy=f"Use one of: {', '.join(KINDS)}.",
            field="kind",
        ) from None


def new_id(kind: str) -> str:
    """A fresh id: later ones sort after earlier ones."""
    return f"{kind_of(kind).prefix}_{time.time_ns() // 1_000_000:011x}{secrets.token_hex(6)}"


def moves_of(kind: str) -> Mapping[str, tuple[tuple[str, ...], str]]:
    """What may become of a record of this kind; nothing where people decide nothing about it."""
    status = kind_of(kind).properties.get("status")
    if status is None or not status.decided:
        return {}
    return INVOICE_MOVES if kind == "invoice" else MOVES
