"""Clients: the customers at the top. The jobs below them are projects (see `jobs`).

What QuickBooks cannot take of a name or a text is said as it can be said there; ours stays as it is (see `names` and
`texts`). What the bookkeeper decides (terms, payment and delivery method, balance, tax) only comes in. The currency of
a customer is chosen once, with the customer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from timebridge.converters import FLAG, MONEY
from timebridge.flows import Confirm, Direction, Field, Flow, field, maybe, one_of
from timebridge.providers.quickbooks_online.converters import STREET
from timebridge.providers.quickbooks_online.lists import MERGED
from timebridge.providers.quickbooks_online.names import NAME
from timebridge.providers.quickbooks_online.texts import CURRENCY, EMAIL, SITE, part, plain

IN = Direction.IN


def address(ours: str, theirs: str) -> Iterator[Field]:
    yield field(f"{ours}_street", tuple(f"{theirs}.Line{number}" for number in range(1, 6)), STREET)
    yield field(f"{ours}_city", f"{theirs}.City", plain(255))
    yield field(f"{ours}_state", f"{theirs}.CountrySubDivisionCode", plain(255))
    yield field(f"{ours}_zip", f"{theirs}.PostalCode", plain(30))
    yield field(f"{ours}_country", f"{theirs}.Country", plain(255))


PERSON = (
    field("title", "Title", part(16)),
    field("given_name", "GivenName", part(100)),
    field("middle_name", "MiddleName", part(100)),
    field("family_name", "FamilyName", part(100)),
    field("suffix", "Suffix", part(16)),
)

REACHED = (
    field("email", "PrimaryEmailAddr.Address", EMAIL),
    field("phone", "PrimaryPhone.FreeFormNumber", plain(30)),
    field("direct_phone", "AlternatePhone.FreeFormNumber", plain(30)),
    field("mobile", "Mobile.FreeFormNumber", plain(30)),
    field("fax", "Fax.FreeFormNumber", plain(30)),
    field("website", "WebAddr.URI", SITE),
)

DECIDED_THERE = (
    field("name_in_books", "DisplayName", direction=IN),
    field("notes", "Notes", direction=IN),
    maybe("term", "SalesTermRef.value", "quickbooks_online.term", IN),
    maybe("payment_method", "PaymentMethodRef.value", "quickbooks_online.payment_method", IN),
    field("delivery_method", "PreferredDeliveryMethod", direction=IN),
    field("balance", "Balance", MONEY, IN),
    field("balance_with_jobs", "BalanceWithJobs", MONEY, IN),
    field("taxable", "Taxable", FLAG, IN),
    field("resale_number", "ResaleNum", direction=IN),
)

CUSTOMER = Flow(
    "quickbooks_online.customer",
    kind="client",
    object="Customer",
    match="name",
    confirm=Confirm.LIKELY,
    when_theirs=one_of("ParentRef.value", None),
    deletions=IN,
    merged=MERGED,
    fields=(
        field("name", "DisplayName", NAME),
        field("legal_name", "CompanyName", plain(100)),
        *PERSON,
        *REACHED,
        *address("address", "BillAddr"),
        *address("delivery", "ShipAddr"),
        replace(field("currency", "CurrencyRef.value", CURRENCY), once=True),
        *DECIDED_THERE,
    ),
)


def flows(_settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    return (CUSTOMER,)
