"""What came of many things that were asked for in one call: each is done or refused by itself."""

from collections.abc import Iterable

from timebridge.api.errors import Problem
from timebridge.api.records import RecordView
from timebridge.api.views import View


class ProblemView(View):
    """A refusal, as it stands in a problem document."""

    status: int
    detail: str
    remedy: str | None = None
    field: str | None = None


class OutcomeView(View):
    """What came of one of those that were sent: the record as it is now, or the problem."""

    id: str | None
    record: RecordView | None = None
    problem: ProblemView | None = None


class OutcomesView(View):
    """In the order in which they were sent. What could not be done does not keep the others from being done."""

    items: list[OutcomeView]
    done: int
    refused: int


def outcomes(found: Iterable[tuple[str | None, RecordView | Problem]]) -> OutcomesView:
    items = [_outcome(id, each) for id, each in found]
    refused = sum(each.problem is not None for each in items)
    return OutcomesView(items=items, done=len(items) - refused, refused=refused)


def _outcome(id: str | None, found: RecordView | Problem) -> OutcomeView:
    if isinstance(found, RecordView):
        return OutcomeView(id=found.id, record=found)
    said = ProblemView(status=found.status, detail=found.for_user, remedy=found.remedy or None, field=found.field)
    return OutcomeView(id=id, problem=said)
