"""Questions: records that may be the same as others wait for a person to say so."""

from enum import StrEnum
from functools import partial
from typing import Annotated, Self

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import Field, model_validator

from timebridge.api.access import ADMINS, EVERYBODY, Asking, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.errors import Problem
from timebridge.api.links import FlowName, chosen, decidable, link_of, listed, queued
from timebridge.api.views import Asked, Limit, Page, Queued, Start, View
from timebridge.changes import Change, Where
from timebridge.errors import Rejected
from timebridge.flows import Flow
from timebridge.links import Link
from timebridge.questions import twins
from timebridge.store.links import QUESTION, DynamoLinks
from timebridge.tenants import Connection

questions = Noun("questions")

PATH = "/tenants/<tenant>/connections/<connection>/questions"
MANY = 200


class CandidateView(View):
    """`score`: how likely it is the same record, of 100; `reasons`: what speaks for it, and what against."""

    id: str
    name: str | None
    score: int
    reasons: tuple[str, ...]


class QuestionView(View):
    """`id` is the record that waits, on the side `asks`; the candidates are on the other one. `ours`: to answer it."""

    flow: str
    kind: str
    object: str
    ours: str
    asks: Where
    id: str
    name: str | None
    reason: str
    remedy: str
    candidates: list[CandidateView]
    revision: int


class Answer(StrEnum):
    LINK = "link"
    CREATE = "create"
    NEVER = "never"


class AnswerGiven(Asked):
    """`link`: it is the candidate `id`. `create`: none of them, make a new one. `never`: it stays on its own side."""

    answer: Answer
    id: str | None = Field(default=None, max_length=200)

    @model_validator(mode="after")
    def _names_a_record(self) -> Self:
        if (self.answer is Answer.LINK) != (self.id is not None):
            raise ValueError("link needs the id of a record; create and never need none")
        return self


class Accepting(Asked):
    score: int = Field(ge=75, le=100, description="The least score of a best candidate that is accepted.")
    flow: str | None = Field(default=None, max_length=100)


class LikelyView(View):
    """`linked`: how many questions would be answered with their best candidate; `left`: those that would not."""

    linked: int
    left: int


class AcceptedView(Queued):
    """`linked`: questions answered with their best candidate; `left`: those that were not."""

    linked: int
    left: int


LIKELY = 90
Score = Annotated[int, Query(ge=75, le=100, description="The least score of a best candidate that is accepted.")]


@questions.get(PATH, EVERYBODY, "List what waits for a person to say which record it is")
def list_questions(
    tenant: TenantId, connection: ConnectionId, flow: FlowName = None, start: Start = None, limit: Limit = 50
) -> Page[QuestionView]:
    found = connection_of(tenant, connection)
    fetch = partial(_views, DynamoLinks(tenant, connection))
    return Page[QuestionView](**listed(chosen(found, flow), fetch, start, limit))


@questions.post(f"{PATH}/<flow>/<ours>/answer", ADMINS, "Answer a question", 202)
def answer_question(
    tenant: TenantId,
    connection: ConnectionId,
    flow: Name,
    ours: Name,
    asked: Annotated[AnswerGiven, Body()],
    caller: Asking,
) -> Queued:
    """Any free record may be named, also one that is no candidate. Records that waited for this answer follow."""
    found = decidable(tenant, connection)
    flow_, link = link_of(found, flow, ours)
    if link.question is None:
        raise Problem(409, "Nothing is asked about this record.", remedy="Look at the list of questions.")
    changes = _answered(found, flow_, link, asked)
    detail = asked.model_dump(mode="json", exclude_none=True)
    return queued(found, caller, "question.answer", f"link {flow} {ours}", changes, detail)


@questions.get(f"{PATH}/likely", EVERYBODY, "Count the likely candidates")
def count_likely(
    tenant: TenantId, connection: ConnectionId, score: Score = LIKELY, flow: FlowName = None
) -> LikelyView:
    """What accepting them all would do, as far as they are still free then."""
    found = connection_of(tenant, connection)
    store = DynamoLinks(tenant, connection)
    best = [_best(link, score) for each in chosen(found, flow) for link in _all(store, each)]
    return LikelyView(linked=sum(map(bool, best)), left=best.count(None))


@questions.post(f"{PATH}/accept", ADMINS, "Accept all likely candidates", 202)
def accept_likely(
    tenant: TenantId, connection: ConnectionId, asked: Annotated[Accepting, Body()], caller: Asking
) -> AcceptedView:
    """Links each record with its best candidate, where that is free, at least so likely, and better than the next."""
    found = decidable(tenant, connection)
    changes: list[Change] = []
    linked = left = 0
    for flow in chosen(found, asked.flow):
        for link in _all(DynamoLinks(tenant, connection), flow):
            best = _best(link, asked.score)
            try:
                changes += _linked(found, flow, link, best) if best else []
                linked, left = linked + bool(best), left + (not best)
            except Rejected:
                left += 1  # taken meanwhile: the question stays for a person to look at
    detail = {**asked.model_dump(exclude_none=True), "linked": linked}
    sent = queued(found, caller, "question.accept", f"connection {connection}", changes, detail)
    return AcceptedView(**sent.model_dump(), linked=linked, left=left)


def _answered(connection: Connection, flow: Flow, link: Link, asked: AnswerGiven) -> list[Change]:
    if asked.id is not None:
        return _linked(connection, flow, link, asked.id)
    answer = twins.create if asked.answer is Answer.CREATE else twins.never
    return answer(connection, flow, link)


def _linked(connection: Connection, flow: Flow, link: Link, id: str) -> list[Change]:
    ours, theirs = (id, link.theirs or "") if link.is_stranger else (link.ours, id)
    return twins.link(connection, flow, ours, theirs)


def _best(link: Link, score: int) -> str | None:
    found = link.question.candidates if link.question else ()
    alone = len(found) == 1 or (len(found) > 1 and found[1].score < found[0].score)
    return found[0].id if alone and found[0].score >= score else None


def _all(store: DynamoLinks, flow: Flow) -> list[Link]:
    links: list[Link] = []
    next: str | None = ""
    while next is not None:
        found, next = store.waiting(flow.name, QUESTION, next or None, MANY)
        links += found
    return links


def _views(store: DynamoLinks, flow: Flow, start: str | None, limit: int) -> tuple[list[QuestionView], str | None]:
    found, next = store.waiting(flow.name, QUESTION, start, limit)
    return [_view(flow, link) for link in found], next


def _view(flow: Flow, link: Link) -> QuestionView:
    assert link.question is not None
    problem = link.problem
    return QuestionView(
        flow=flow.name,
        kind=flow.kind,
        object=flow.object,
        ours=link.ours,
        asks=Where.THEIRS if link.is_stranger else Where.OURS,
        id=(link.theirs or "") if link.is_stranger else link.ours,
        name=link.question.about,
        reason=problem.reason if problem else "",
        remedy=problem.remedy if problem else "",
        candidates=[CandidateView.of(each) for each in link.question.candidates],
        revision=link.revision,
    )
