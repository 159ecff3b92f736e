"""Reports: what projects brought in and cost next to what was sold, and what nobody had to type."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

from timebridge.records import Record
from timebridge.workspace.accounting import CENT

SECONDS = 90
"""What one entry typed by hand is taken to cost, unless the tenant says otherwise."""


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One project next to its opportunity. Money in the tenant's currency, hours as counted.

    `amount`: of the opportunity. `fees`: the value of the billable hours. `revenue`: fees and recharged expenses.
    `cost`: what the hours cost us, and all expenses. `profit`: revenue less cost, as earned so far. `margin`: amount
    less cost, as sold; `margin_percent` of the amount.
    """

    project: str
    name: str
    client: str | None
    opportunity: str | None
    stage: str | None
    status: str | None
    amount: Decimal | None
    hours: Decimal
    fees: Decimal
    expenses: Decimal
    revenue: Decimal
    cost: Decimal
    profit: Decimal
    margin: Decimal | None
    margin_percent: Decimal | None
    invoiced: Decimal
    paid: Decimal


def row_of(project: Record, client: str | None, opportunity: str | None, agreed: Mapping[str, Any]) -> ProjectRow:
    """`agreed`: what the workspace and the opportunity last agreed on; it is fresher than a copy of the amount."""
    values = project.values
    amount = agreed.get("budget", agreed.get("amount")) if opportunity else None
    revenue = values["fees_total"] + values["recharged_total"]
    cost = values["cost_total"] + values["expenses_total"]
    margin = amount - cost if amount is not None else None
    return ProjectRow(
        project=project.id,
        name=values["name"],
        client=client,
        opportunity=opportunity,
        stage=values["stage"],
        status=values["status"],
        amount=amount,
        hours=values["hours_total"],
        fees=values["fees_total"],
        expenses=values["expenses_total"],
        revenue=revenue,
        cost=cost,
        profit=revenue - cost,
        margin=margin,
        margin_percent=(100 * margin / amount).quantize(CENT) if amount and margin is not None else None,
        invoiced=values["invoiced_total"],
        paid=values["paid_total"],
    )


@dataclass(frozen=True, slots=True)
class Savings:
    """`carried`: records that were created or changed by the sync, and so typed by nobody."""

    carried: int
    seconds: int
    hours: Decimal
    value: Decimal | None


def savings(carried: int, seconds: int, hourly_value: Decimal | None) -> Savings:
    hours = Decimal(carried * seconds) / 3600
    value = (hours * hourly_value).quantize(CENT) if hourly_value is not None else None
    return Savings(carried, seconds, hours.quantize(CENT), value)


FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Text that begins like this is a formula to spreadsheets, whoever wrote it."""


def to_csv(rows: Iterable[Any], kind: type = ProjectRow) -> str:
    """A table of dataclasses of one kind."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [each.name for each in fields(kind)], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in asdict(row).items()} for row in rows)
    return text.getvalue()


def cell(value: object) -> object:
    """As a spreadsheet shows it and does not run it: a text that it would take for a formula is marked as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
