"""Posting before it is done: the documents exactly as they would be sent, and the same as people read them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Body

from timebridge.api.access import ADMINS, ConnectionId, Noun, TenantId
from timebridge.api.posting_views import (
    PATH,
    NewPosting,
    StandingView,
    looking,
    names_in_standings,
    order_of,
    standing_view,
)
from timebridge.api.views import Kept, Number, View
from timebridge.postings import previewing
from timebridge.postings.papers import Fact, Paper
from timebridge.tenants import Status

posting_previews = Noun("postings")

MOST_DOCUMENTS = 100


class NeededView(View):
    """A record that would be created first, because the document refers to it."""

    flow: str
    id: str


class FactView(View):
    """`called`: the name of the record whose id `value` is."""

    name: str
    value: Kept
    called: str | None

    @classmethod
    def listed(cls, facts: tuple[Fact, ...]) -> "list[FactView]":
        return [cls.of(fact) for fact in facts if fact.value is not None]


class PaperView(View):
    """A document as people read it. `total`: without the tax that the books add."""

    title: str
    facts: list[FactView]
    lines: list[list[FactView]]
    total: Number | None

    @classmethod
    def shown(cls, paper: Paper) -> "PaperView":
        lines = [FactView.listed(line) for line in paper.lines]
        return cls(title=paper.title, facts=FactView.listed(paper.facts), lines=lines, total=paper.total)


class DocumentView(View):
    """A document exactly as it would be sent. `operation`: create, update (of what is there), or none."""

    kind: str
    id: str
    object: str
    operation: Literal["create", "update", "none"]
    document: dict[str, Any]
    paper: PaperView | None
    needs: list[NeededView]
    standing: StandingView


class CountView(View):
    """How much is selected. `whole`: whether that is all, and not only the first two thousand."""

    records: int
    hours: Number
    amount: Number
    whole: bool


class PreviewView(View):
    documents: list[DocumentView]
    blocked: list[StandingView]
    names: dict[str, str]
    selected: CountView


@posting_previews.post(f"{PATH}/preview", ADMINS, "See the documents as they would be sent")
def preview_postings(tenant: TenantId, connection: ConnectionId, asked: Annotated[NewPosting, Body()]) -> PreviewView:
    """The first hundred. Nothing is written, here or there."""
    order = order_of(asked)
    documents: list[DocumentView] = []
    blocked: list[StandingView] = []
    with looking(tenant, connection, Status.LIVE) as road:
        for kind, some in previewing.previewed(road, order, MOST_DOCUMENTS):
            for each in previewing.with_names(road, some):
                shown = standing_view(road, kind, each.standing, each.own)
                if each.refused:
                    blocked.append(shown)
                else:
                    documents.append(_document(kind, each, shown))
        selected = CountView.of(previewing.counted(road, order))
    names = names_in_standings(tenant, [*blocked, *(each.standing for each in documents)])
    return PreviewView(documents=documents, blocked=blocked, names=names, selected=selected)


def _document(kind: str, each: previewing.Preview, standing: StandingView) -> DocumentView:
    operation: Any = each.operation
    return DocumentView(
        kind=kind,
        id=each.standing.record.id,
        object=each.standing.flow.object,
        operation=operation,
        document=_plain(each.document),
        paper=PaperView.shown(each.paper) if each.paper else None,
        needs=[NeededView(flow=flow, id=id) for flow, id in each.needs],
        standing=standing,
    )


def _plain(value: Any) -> Any:
    """As it travels: numbers are numbers, at any depth."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value
