"""What waits, as the API shows it: the shapes of single ones, of what is alike, and of the lines of a table."""

from dataclasses import dataclass
from datetime import datetime

from timebridge.api.definitions import DefinitionView
from timebridge.api.refused import RefusedView
from timebridge.api.views import Kept, View
from timebridge.attempts import Step
from timebridge.changes import Where
from timebridge.questions.mending import Act
from timebridge.questions.waiting import Sort


class EditView(View):
    """The value of our record that can be changed in place, and is then tried again. `revision`: of the record.
    `refusal`, `remedy`: why it cannot be changed now."""

    field: DefinitionView
    value: Kept
    value_name: str | None
    revision: int
    refusal: str | None
    remedy: str | None


class ParentView(View):
    """The record of ours that has to be mended first."""

    kinds: str
    id: str
    name: str


class ClashingView(View):
    """A field that both sides moved. `names`: of the records whose ids its values are."""

    field: str
    label: str
    base: Kept
    ours: Kept
    theirs: Kept
    names: dict[str, str]


class AsideView(View):
    by: str
    reason: str
    at: datetime


class ChoiceView(View):
    """A record that it may be. `score`: how likely, of 100. `url`: its page, where it is one of theirs."""

    id: str
    name: str | None
    score: int
    reasons: tuple[str, ...]
    url: str | None


class WaitingView(RefusedView):
    """`id` stays while it waits. `like`: the same for all that are alike. `field`: of ours, where a line of the flow
    carries it. `act`: what to do next. `revision`: of the link. `asks`: the side of the record that waits for an
    answer; its `candidates` are on the other one. `aside`: who set it aside, and why, where it does not wait."""

    id: str
    sort: Sort
    like: str
    trace: str
    retry_at: datetime | None
    act: Act
    edit: EditView | None
    parent: ParentView | None
    conflicts: list[ClashingView]
    asks: Where | None
    candidates: list[ChoiceView]
    aside: AsideView | None
    revision: int


class SentView(View):
    """`path`: the field of the side that was written to. `value`: as text, cut where long; missing where the field was
    to be emptied."""

    path: str
    label: str
    value: str | None


class AttemptView(View):
    """`where`: the side that refused the write."""

    where: Where
    step: Step
    at: datetime
    values: list[SentView]


class ExplainedView(WaitingView):
    """`attempt`: the write that was refused; missing where it was refused before anything was sent."""

    attempt: AttemptView | None


class AlikeView(View):
    """Those that wait for the same reason. `names`: of the first of them; `reason`: with … where theirs differ."""

    like: str
    connection: str
    provider: str
    flow: str
    kind: str
    kinds: str
    object: str
    sort: Sort
    reason: str
    remedy: str
    field: str | None
    cause: str
    trouble: str
    act: Act
    count: int
    since: datetime | None
    names: list[str]


@dataclass(frozen=True, slots=True)
class Line:
    """`left`: why somebody set it aside."""

    since: str
    connection: str
    kind: str
    record: str
    name: str
    there: str
    sort: str
    problem: str
    remedy: str
    field: str
    cause: str
    tries: int
    next_try: str
    call: str
    left: str
