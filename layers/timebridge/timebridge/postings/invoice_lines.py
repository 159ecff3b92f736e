"""The lines of an invoice, from what it bills or from its amount alone."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from timebridge.flows import lines_of as parsed_lines
from timebridge.flows import lines_text
from timebridge.postings import formats
from timebridge.postings.billed import entry_of
from timebridge.postings.formats import Entry, Line
from timebridge.postings.invoicing import Around, InvoicePosting, tracks
from timebridge.records import Record, Value, Values

if TYPE_CHECKING:
    from timebridge.postings.composing import Desk


def lines_for(
    desk: "Desk", posting: InvoicePosting, around: Around, record: Record, customer: str | None, base: Values | None
) -> list[Line]:
    """What is in the books already keeps the format it was posted in, whatever was chosen since."""
    values, by_line = record.values, tracks(desk, "line")
    whole = str(around.dimensions.of(values)["class"] or "") or None if by_line else None
    amount = values.get("amount") or Decimal(0)
    if not values.get("lines"):
        code = posting.defaults["invoice"]
        return [formats.single(amount, code if code in around.sold.linked else None, whole, _subject(values))]
    linked = _linked_time(around, record.id, customer, base)
    entries = [
        entry_of(
            kind, each, around.sold, _class(around, values, each) if by_line else None, around.people, each.id in linked
        )
        for kind, each in around.entries.get(record.id, [])
    ]
    made = {
        name: _formatted(name, entries, posting, around, whole)
        for name in formats.NAMES
        if base or name == posting.format
    }
    kept = (base or {}).get("document_lines")
    return next((lines for lines in made.values() if kept and _same(lines, kept)), made[posting.format])


def _formatted(
    name: str, entries: Sequence[Entry], posting: InvoicePosting, around: Around, whole: str | None
) -> list[Line]:
    if name != formats.SUMMARY:
        return formats.lines_of(entries, name)
    code = posting.defaults["invoice"]
    return formats.summary(entries, code if code in around.sold.linked else None, whole)


def _same(lines: Sequence[Line], kept: Value) -> bool:
    """Whether what was posted says this, apart from its tax."""
    return lines_text(lines) == lines_text(
        {name: value for name, value in line.items() if name not in ("tax", "tax_code")} for line in parsed_lines(kept)
    )


def _class(around: Around, invoice: Values, entry: Record) -> str | None:
    """Under what an entry counts; where nobody says, the invoice decides for all its lines."""
    found = around.dimensions.of({"class": invoice.get("class"), **_without_nothing(entry.values)})["class"]
    return str(found) if found else None


def _without_nothing(values: Values) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


def _linked_time(around: Around, invoice: str, customer: str | None, base: Values | None) -> set[str]:
    """The entries whose time the books can mark as billed: it is there, billable, and charged to the same customer.

    What is posted already marks what it marked then.
    """
    if base is not None:
        return {str(line["time"]) for line in parsed_lines(base.get("linked_time"))}
    links = {each.id: around.times[each.id] for _, each in around.entries.get(invoice, []) if each.id in around.times}
    return {id for id, link in links.items() if _is_chargeable(link.base or {}, customer)}


def _is_chargeable(time: Values, customer: str | None) -> bool:
    return time.get("billable") is True and time.get("customer") == customer


def checks(entries: Sequence[tuple[str, Record]], lines: Sequence[Line]) -> dict[str, Value]:
    """What is looked at before anything is sent: lines without an item, what they come to, and how many there are."""
    sold = ("labour_code", "expense_code", "item")
    times = sum(kind == "time_entry" for kind, _ in entries)
    return {
        "unsold": sum(not any(name in line for name in sold) for line in lines),
        "lines_total": sum((Decimal(line["amount"]) for line in lines), Decimal()),
        "negative": any(Decimal(line["amount"]) < 0 for line in lines),
        "line_count": len(lines),
        "time_not_linked": times - sum("time" in line for line in lines),
    }


def _subject(values: Values) -> str | None:
    return str(values.get("memo") or values.get("notes") or "") or None
