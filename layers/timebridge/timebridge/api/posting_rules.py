"""How posting is set: the choices in force, type by type, and what the company's own set-up adds to them."""

from dataclasses import fields
from typing import Any

from timebridge.api.access import EVERYBODY, ConnectionId, Noun, TenantId
from timebridge.api.names import names_of
from timebridge.api.posting_views import PATH, looking
from timebridge.api.views import Kept, View
from timebridge.postings import TYPES
from timebridge.postings.bookkeeping import AT_A_PULL
from timebridge.postings.orders import desk_of

posting_rules = Noun("postings")


class RulesView(View):
    """`closed_through`: the last day of the closed books. `classes`: none, transaction or line. `rules`: by type, each
    choice as it is in force, whether somebody made it or not; `names` of the records that they name."""

    company: str | None
    currency: str | None
    closed_through: str | None
    classes: str
    departments: bool
    own_numbers: bool
    rules: dict[str, dict[str, Kept]]
    names: dict[str, str]


@posting_rules.get(f"{PATH}/rules", EVERYBODY, "Say how posting is set")
def show_rules(tenant: TenantId, connection: ConnectionId) -> RulesView:
    """What decides whether, when and how time, expenses and invoices go into these books."""
    with looking(tenant, connection, age=AT_A_PULL) as road:
        desk, company = desk_of(road), desk_of(road).company
        rules = {type: _choices(desk.posting(type)) for type in TYPES}
    return RulesView(
        company=company.name if company else None,
        currency=company.currency if company else None,
        closed_through=company.closed_through if company else None,
        classes=company.classes if company else "none",
        departments=bool(company and company.departments),
        own_numbers=bool(company and company.own_numbers),
        rules=rules,
        names=names_of(tenant, [value for choices in rules.values() for value in choices.values()]),
    )


def _choices(posting: Any) -> dict[str, Kept]:
    return {each.name.rstrip("_"): getattr(posting, each.name) for each in fields(posting)}
