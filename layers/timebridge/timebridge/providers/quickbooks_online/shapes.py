"""What the Side must know of each object to read and write it. Everything else about it is in `flows`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from timebridge.errors import Misconfigured
from timebridge.providers.quickbooks_online.booked import with_booking
from timebridge.providers.quickbooks_online.client import moment
from timebridge.records import Record


@dataclass(frozen=True, slots=True)
class Shape:
    """`listed`: an entry of a name list, which can be made inactive but not deleted. `captured`: change data capture
    knows it. `sparse`: a partial update is documented; where it is not, the whole record is sent. `marked`: the text
    that carries the marker of our record, and how long it may be; None: the server keeps names unique.
    `searchable`: paths that can be searched, with the property to name in the query. `named`: it has a DisplayName, by
    which it is found again, and another one where somebody has that. `noticed`: webhooks tell of it.
    `whole`: short, and read whole each time: its times of change do not tell all that changes in it.
    """

    listed: bool = True
    captured: bool = True
    sparse: bool = False
    marked: tuple[str, int] | None = None
    searchable: Mapping[str, str] = field(default_factory=dict)
    named: bool = False
    noticed: bool = True
    whole: bool = False

    @property
    def vanishes(self) -> bool:
        """Whether a record may go without a query showing it: it was deleted, or merged into another."""
        return self.captured or not (self.listed or self.whole)


PSEUDO_CODES = frozenset({"TAX", "NON"})
"""Ids of tax codes that are no numbers: taxed by what Intuit calculates, and not taxed."""


def _by(*names: str) -> dict[str, str]:
    return {name: name for name in names}


SHAPES: Mapping[str, Shape] = {
    "Customer": Shape(
        sparse=True,
        named=True,
        searchable={
            **_by("DisplayName", "CompanyName", "FullyQualifiedName", "GivenName", "FamilyName"),
            "PrimaryEmailAddr.Address": "PrimaryEmailAddr",
        },
    ),
    "Vendor": Shape(searchable=_by("DisplayName", "CompanyName", "GivenName", "FamilyName")),
    "Employee": Shape(searchable=_by("DisplayName", "GivenName", "FamilyName")),
    "Item": Shape(searchable=_by("Name", "FullyQualifiedName")),
    "Account": Shape(searchable=_by("Name", "FullyQualifiedName")),
    "Class": Shape(searchable=_by("FullyQualifiedName")),
    "Department": Shape(searchable=_by("FullyQualifiedName")),
    "Term": Shape(searchable=_by("Name")),
    "PaymentMethod": Shape(searchable=_by("Name")),
    "TaxRate": Shape(searchable=_by("Name"), captured=False, noticed=False, whole=True),
    "TaxCode": Shape(searchable=_by("Name"), captured=False, noticed=False, whole=True),
    "CompanyInfo": Shape(listed=False, captured=False, noticed=False, whole=True),
    "Invoice": Shape(listed=False, sparse=True, marked=("PrivateNote", 4000), searchable=_by("DocNumber")),
    "Payment": Shape(listed=False, marked=("PrivateNote", 4000)),
    "Estimate": Shape(listed=False, sparse=True, marked=("PrivateNote", 4000)),
    "SalesReceipt": Shape(listed=False, sparse=True, marked=("PrivateNote", 4000)),
    "CreditMemo": Shape(listed=False, marked=("PrivateNote", 4000)),
    "RefundReceipt": Shape(listed=False, sparse=True, marked=("PrivateNote", 4000)),
    "Bill": Shape(listed=False, marked=("PrivateNote", 4000)),
    "Purchase": Shape(listed=False, marked=("PrivateNote", 4000)),
    "TimeActivity": Shape(listed=False, captured=False, marked=("Description", 4000)),
}


def shape_of(name: str) -> Shape:
    if name not in SHAPES:
        raise Misconfigured("A flow asks for something that is not read from QuickBooks.", detail=f"object {name}")
    return SHAPES[name]


def record_of(values: Mapping[str, Any]) -> Record:
    """A record from what the API shows; `gone` when it was deleted or made inactive."""
    gone = values.get("status") == "Deleted" or values.get("Active") is False
    stamp: datetime | None = None
    if told := values.get("MetaData", {}).get("LastUpdatedTime"):
        stamp = moment(told)
    return Record(str(values["Id"]), with_booking(values), values.get("SyncToken"), stamp, gone)
