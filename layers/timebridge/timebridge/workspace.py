"""The workspace's kinds as data: what each record holds, and what it refuses."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from timebridge import accounting
from timebridge.errors import Locked, Rejected
from timebridge.flows import MANAGED_BY
from timebridge.readers import Choice, Day, Email, Flag, Number, Reader, Text
from timebridge.records import Value

LONGEST_SHOWN = 60
LONGEST_KEY = 1000
"""Bytes; DynamoDB takes 1,024, and case folding makes three letters of some."""


class Missing(Rejected):
    """There is no such record."""


@dataclass(frozen=True, slots=True)
class Property:
    """One value of a kind. `read` turns what was sent into what is kept; ValueError says what it should be.

    `parent`: the kind it refers to. `computed`: nobody sets it. `decided`: people set it by the moves of the kind only
    (see `MOVES`). `synced`: the sync sets it, people do not.
    `confidential`: for administrators only.
    """

    read: Reader
    required: bool = False
    parent: str | None = None
    computed: bool = False
    decided: bool = False
    default: Value = None
    synced: bool = False
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """`label` orders and finds its records in lists; `key` names a second property by which they can be looked up."""

    name: str
    prefix: str
    properties: Mapping[str, Property]
    label: str = "name"
    key: str | None = None

    @property
    def parent(self) -> str | None:
        """The reference by which its records are listed together, if it has one; the index serves the key else."""
        own = (name for name, found in self.properties.items() if found.parent and not found.synced)
        return None if self.key else next(own, None)

    @property
    def references(self) -> dict[str, str]:
        """The kind that each reference points to."""
        return {name: found.parent for name, found in self.properties.items() if found.parent}


def text(limit: int = 255, *, required: bool = False) -> Property:
    return Property(Text(limit), required)


def money(*, required: bool = False, computed: bool = False) -> Property:
    return Property(Number("0.01"), required, computed=computed)


def hours(most: int | None = None, *, required: bool = False, computed: bool = False) -> Property:
    return Property(Number("0.01", Decimal(0), None if most is None else Decimal(most)), required, computed=computed)


def percent() -> Property:
    return Property(Number("0.01", Decimal(0), Decimal(100)))


def tax_percent() -> Property:
    """Four places, as 8.875 is a rate; a tax that is taken off again is negative."""
    return Property(Number("0.0001", Decimal(-100), Decimal(100)))


def rate(*, confidential: bool = False) -> Property:
    """Money for an hour."""
    return Property(Number("0.01", Decimal(0)), confidential=confidential)


def computed(limit: int = 255) -> Property:
    return Property(Text(limit), computed=True)


def flag(default: bool | None = None) -> Property:
    return Property(Flag(), default=default)


def day(*, required: bool = False) -> Property:
    return Property(Day(), required)


def email() -> Property:
    return Property(Email())


def refers_to(kind: str, *, required: bool = False, computed: bool = False) -> Property:
    return Property(Text(), required, parent=kind, computed=computed)


def image_of(limit: int = 255) -> Property:
    """Text that only the sync sets: what a record is an image of."""
    return Property(Text(limit), synced=True)


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
            path=text(1_000),
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

BECAUSE = "rejected_because"

TAKEN_BACK = ("draft", "rejected", "void")
"""Statuses in which a record is not in the books."""

PLACES = ("project", "task")
"""Kinds on which time is tracked."""

DECIDED_HERE = {"budget", "budget_hours", "open_to_all"}
"""What people may set on a record that is the image of one elsewhere."""

LOCKED = {
    "time_entry": {"approved": "Reopen it first; that also takes it out of the books."},
    "expense": {"approved": "Reopen it first; that also takes it out of the books."},
    "expense_report": {"approved": "Reopen it first; that also takes it out of the books."},
    "invoice": {
        "reviewed": "Make it a draft again first.",
        "final": "Void it and bill again.",
        "void": "Bill again.",
    },
}
"""By kind: the statuses in which a record may not be changed, each with what to do instead."""


def kind_of(name: str) -> Kind:
    try:
        return KINDS[name]
    except KeyError:
        raise Rejected(
            f"There is no kind of record called {_shown(name)}.",
            remedy=f"Use one of: {', '.join(KINDS)}.",
            field="kind",
        ) from None


def new_id(kind: str) -> str:
    """A fresh id: later ones sort after earlier ones."""
    return f"{kind_of(kind).prefix}_{time.time_ns() // 1_000_000:011x}{secrets.token_hex(6)}"


def validate(
    kind: str, values: Mapping[str, Any], *, partial: bool = False, by_people: bool = False
) -> dict[str, Value]:
    """The values as they are kept, with defaults; `partial` checks only what is there.

    `by_people`: what is set by the moves of the kind may not be set directly.
    Raises Rejected, which names the field, what was sent, and what is expected.
    """
    properties = kind_of(kind).properties
    clean = {name: _value(kind, properties, name, value, by_people) for name, value in values.items()}
    if not partial:
        kept = {name: found for name, found in properties.items() if not found.computed}
        clean = {name: clean.get(name, found.default) for name, found in kept.items()}
    for name, found in properties.items():
        if found.required and name in clean and clean[name] is None and not _image_alone(found, clean):
            raise Rejected(
                f"The {_spoken(kind)} needs a {_spoken(name)}.",
                remedy=f"Give a {_spoken(name)}.",
                field=name,
                trouble="mapping",
            )
    return clean


def _image_alone(found: Property, values: Mapping[str, Value]) -> bool:
    """The image of something elsewhere may stand alone, where a record of our own belongs to another."""
    return found.parent is not None and values.get(MANAGED_BY) is not None


def _value(kind: str, properties: Mapping[str, Property], name: str, value: Any, by_people: bool) -> Value:
    found = properties.get(name)
    if found is None:
        known = ", ".join(name for name, each in properties.items() if not each.computed)
        raise Rejected(f"A {_spoken(kind)} has no {_shown(name)}.", remedy=f"It has: {known}.", field=name)
    if found.computed:
        raise Rejected(f"The {_spoken(name)} is calculated.", remedy="Leave it out.", field=name)
    if found.synced and by_people:
        raise Rejected(f"The {_spoken(name)} is set by the synchronisation.", remedy="Leave it out.", field=name)
    if found.decided and by_people:
        moves = ", ".join(moves_of(kind))
        raise Rejected(f"The {_spoken(name)} is not set directly.", remedy=f"Use one of: {moves}.", field=name)
    if value is None:
        return None
    try:
        return found.read(value)
    except ValueError as error:
        raise Rejected(
            f"The {_spoken(name)} {_shown(value)} is not valid.",
            remedy=f"It must be {error}.",
            field=name,
            trouble="format",
        ) from None


def moves_of(kind: str) -> Mapping[str, tuple[tuple[str, ...], str]]:
    """What may become of a record of this kind; nothing where people decide nothing about it."""
    status = kind_of(kind).properties.get("status")
    if status is None or not status.decided:
        return {}
    return INVOICE_MOVES if kind == "invoice" else MOVES


def moved(
    move: str, values: Mapping[str, Value], kind: str = "time_entry", reason: str | None = None
) -> dict[str, Value]:
    """The values of a record after one of its moves. Raises Rejected when that cannot be done now.

    `reason`: why it is rejected.
    """
    from_, to = moves_of(kind)[move]
    status = values.get("status")
    if status == to:
        return dict(values)
    if move == "reopen":
        accounting.refuse_billed(values)
    if status not in from_:
        raise Rejected(
            f"{_spoken(kind).capitalize()}: what is {status} cannot become {to}.",
            remedy=f"First make it {' or '.join(from_)}.",
            field="status",
        )
    said = _value(kind, kind_of(kind).properties, BECAUSE, reason, by_people=False) if to == "rejected" else None
    because = {BECAUSE: said} if said or values.get(BECAUSE) else {}
    return {**values, **(_taken_back(values) if to in TAKEN_BACK else {}), **because, "status": to}


def _taken_back(values: Mapping[str, Value]) -> dict[str, Value]:
    """What was decided about posting it is decided anew."""
    return {name: None for name in ("posted_to", "when_closed") if values.get(name) is not None}


def refuse_locked(kind: str, values: Mapping[str, Value]) -> None:
    """Raises Locked for an approved entry, which may be in the books, and for an invoice that is out."""
    status = str(values.get("status"))
    remedy = LOCKED.get(kind, {}).get(status)
    if remedy:
        raise Locked(
            f"This {_spoken(kind)} is {status} and may not be changed any more.", remedy=remedy, field="status"
        )


def keeper_of(kind: str, values: Mapping[str, Value]) -> str | None:
    """The connection in whose account a record is changed, if not here. A payment stays in the books it came from."""
    keeper = values.get(MANAGED_BY) or (values.get("from_books") if kind == "payment" else None)
    return str(keeper) if keeper else None


def refuse_managed(kind: str, values: Mapping[str, Value], patch: Mapping[str, Any] | None = None) -> None:
    """Raises Locked for what comes from elsewhere. `patch`: only if it touches more than what is decided here."""
    if keeper_of(kind, values) is None or (patch is not None and set(patch) <= DECIDED_HERE):
        return
    raise Locked(
        f"This {_spoken(kind)} comes from another system and is changed there: its name, its place and whether it is "
        "archived follow by themselves.",
        remedy="Change it there." + (" Time can be tracked on it here, and its budget set." if kind in PLACES else ""),
        field=next(iter(patch or {}), None),
    )


def name_key(value: object) -> str:
    """How names are compared: without regard to case and spacing, and by as much as fits into a key."""
    return " ".join(str(value).split()).casefold().encode()[:LONGEST_KEY].decode(errors="ignore")


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _shown(value: object) -> str:
    text = str(value)
    return f"“{text[:LONGEST_SHOWN]}…”" if len(text) > LONGEST_SHOWN else f"“{text}”"
