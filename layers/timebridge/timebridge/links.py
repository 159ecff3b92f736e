"""Links: the stored pairs. A link is known by our record's id, and unique on either id within its flow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from timebridge.attempts import Attempt
from timebridge.changes import Where
from timebridge.errors import Stale
from timebridge.records import Candidate, Value, Values


class State(StrEnum):
    PENDING = "pending"
    LIVE = "live"
    PARKED = "parked"
    TOMBSTONE = "tombstone"


@dataclass(frozen=True, slots=True)
class Birth:
    """A create at their side that is under way: what it wants, and the key that makes a repetition harmless.

    `parents` holds their id for each "flow/our id" it refers to, so that a repetition says exactly the same.
    `forced`: a person wants it even though it looks like a record that is there.
    """

    values: Values
    request: str
    item: str
    parents: Mapping[str, str] = field(default_factory=dict)
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides moved one field and nobody may win: kept open, with all three values."""

    field: str
    base: Value
    ours: Value
    theirs: Value


@dataclass(frozen=True, slots=True)
class Decision:
    """Both sides moved one field, and one value was taken: by the flow's winner ("rule") or by a person.

    All three values are kept, so that it can be decided otherwise later. `taken` None: a person gave another value.
    """

    field: str
    base: Value
    ours: Value
    theirs: Value
    taken: Where | None
    by: str = "rule"
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A record that may be one of the `candidates` waits for a person. `where`: the side on which they are.

    `about`: the name of the record that waits.
    """

    where: Where
    candidates: tuple[Candidate, ...]
    about: str | None = None


LINKED = "Linked"
"""Cause of the problem of a pair that a person has decided about: it is due at once, and nothing is wrong with it."""


@dataclass(frozen=True, slots=True)
class Aside:
    """Somebody decided to live with a problem, and why."""

    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a pair is parked, what to do about it, and when it is tried again (None: only when asked).

    `cause`: class of the error; `trouble`: what a person has to look at (see `errors.Trouble`); `trace`: the
    provider's id of the call that was refused. `since`: when it was first parked; `about`: the name of the record then.
    `aside`: it waits for nobody, and is looked at again only when one of the two records changes. `attempt`: the write
    that was refused; None where nothing was sent.
    """

    reason: str
    remedy: str
    field: str | None
    tries: int
    retry_at: datetime | None
    cause: str = "Rejected"
    trouble: str = "other"
    trace: str = ""
    since: datetime | None = None
    about: str | None = None
    aside: Aside | None = None
    attempt: Attempt | None = None

    def is_as(self, other: "Problem") -> bool:
        """Whether it is the same trouble with the same field, whatever the value."""
        return (self.cause, self.trouble, self.field) == (other.cause, other.trouble, other.field)


@dataclass(frozen=True, slots=True)
class Link:
    """`base` holds the values both sides last agreed on, in workspace terms; None: they never agreed.

    `dying` names the side on which we are deleting the record, until it is known to be gone. `kept` names the side
    whose record stays on purpose after the other one was deleted (tombstones only). `question`: while it waits for a
    person to say which record is meant; a record of theirs waits under an id that none of ours has yet. `forced`: a
    person said that its copy is to be created. `decisions`: the latest for each field.
    """

    flow: str
    ours: str
    theirs: str | None = None
    state: State = State.PENDING
    base: Values | None = None
    theirs_version: str | None = None
    birth: Birth | None = None
    conflicts: tuple[Conflict, ...] = ()
    decisions: tuple[Decision, ...] = ()
    problem: Problem | None = None
    question: Question | None = None
    forced: bool = False
    dying: Where | None = None
    kept: Where | None = None
    revision: int = 0

    @property
    def open(self) -> bool:
        """Nothing of theirs belongs to it and nothing is under way: a stranger of theirs may be adopted."""
        return self.theirs is None and self.birth is None and self.kept is None

    @property
    def is_stranger(self) -> bool:
        """A record of theirs that waits for a person to say which of ours it is: there is no record of ours yet."""
        return self.question is not None and self.question.where is Where.OURS

    @property
    def is_aside(self) -> bool:
        """It is parked, and somebody decided to leave it so."""
        return self.state is State.PARKED and self.problem is not None and self.problem.aside is not None

    @property
    def usable(self) -> bool:
        """Both records are, or were, there: other records may refer to them."""
        return self.theirs is not None and (self.base is not None or self.state is State.TOMBSTONE)

    @property
    def names(self) -> tuple[str, str, str | None]:
        """Flow, our id, their id: which pair it is."""
        return self.flow, self.ours, self.theirs

    @property
    def unborn(self) -> bool:
        """A create at their side was sent, or was about to be, and its answer is not written down."""
        return self.birth is not None and self.theirs is None

    def reserved(self, birth: Birth | None = None) -> "Link":
        """Written down before a record is created: at their side if a birth is given, at ours if not."""
        theirs = None if birth else self.theirs
        return Link(self.flow, self.ours, theirs, birth=birth, problem=self.problem, revision=self.revision)

    def born(self, theirs: str, version: str | None) -> "Link":
        assert self.birth is not None
        news = replace(self, theirs=theirs, theirs_version=version, base=self.birth.values, state=State.LIVE)
        return replace(news, birth=None, problem=None)

    def parked(self, problem: Problem, question: Question | None = None) -> "Link":
        forced = self.forced or (self.birth is not None and self.birth.forced)
        return replace(self, state=State.PARKED, problem=problem, birth=None, question=question, forced=forced)

    def decided(self, news: Sequence[Decision]) -> "Link":
        """With these decisions instead of earlier ones about the same fields."""
        fields = {decision.field for decision in news}
        return replace(self, decisions=(*(each for each in self.decisions if each.field not in fields), *news))

    def condemned(self, where: Where) -> "Link":
        """Written down before we delete a record: one that is gone then was not deleted by somebody else."""
        return replace(self, state=State.PENDING, dying=where)

    def buried(self, kept: Where | None) -> "Link":
        return Link(self.flow, self.ours, self.theirs, State.TOMBSTONE, kept=kept, revision=self.revision)


class Links(Protocol):
    """The links of one connection."""

    def find(self, flow: str, *, ours: Sequence[str] = (), theirs: Sequence[str] = ()) -> list[Link]:
        """The links that hold any of these ids, each once; reads are strongly consistent."""

    def save(self, links: Sequence[Link]) -> list[Link | Stale]:
        """Save each if its revision is still the stored one (0: not there yet) and its ids are free; one outcome each.

        A saved link comes back with its next revision.
        """

    def forget(self, links: Sequence[Link]) -> None:
        """Remove links as if they had never been. Raises Stale when one of them is not at the revision stored."""

    def unborn(self, flow: str) -> list[Link]:
        """Every link of the flow with a create under way."""

    def asking(self, flow: str) -> list[Link]:
        """Records of theirs that wait for a person to say which of ours they are."""

    def due(self, flow: str, now: datetime) -> list[Link]:
        """Parked links whose time to be tried again has come."""

    def count(self, flow: str) -> int:
        """How many links of the flow are not tombstones."""
