"""What can go wrong, sorted by what the worker does next.

SyncError
├── Transient         the message returns to the queue and is tried again
│   ├── RateLimited   the same, not before `retry_after` seconds
│   └── Stale         somebody was faster: read both sides again and decide afresh
├── Rejected          this record is parked with reason and remedy, the rest goes on
│   ├── Locked        the record may not be changed any more (billed, closed period)
│   ├── Missing       there is no such record
│   ├── Unlinked      a record it refers to is not linked yet
│   ├── Undecided     a person must say which record is meant
│   └── Awaiting      it follows the answer to a question about another record
├── MassDelete        the run stops and asks a person
├── Disconnected      the connection pauses and the tenant is told
└── Misconfigured     an alarm: only an operator can mend it
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from timebridge.records import Candidate

CONTEXT = ("tenant", "connection", "flow", "record")

type Trouble = Literal["mapping", "permission", "format", "duplicate", "reference", "locked", "automation", "other"]
"""What a person has to look at: which field goes where, who may do what, the value itself, and so on."""


class SyncError(Exception):
    """`for_user` is a sentence for the tenant, `remedy` says what to do; `detail` is for operators. `trace`: the
    provider's own id of the call that failed, which its support asks for.

    None of them may hold a token, a secret or a response body that could hold one.
    """

    trouble: Trouble = "other"
    trace: str = ""

    def __init__(
        self,
        for_user: str,
        *,
        remedy: str = "",
        detail: str = "",
        field: str | None = None,
        trouble: Trouble | None = None,
        tenant: str | None = None,
        connection: str | None = None,
        flow: str | None = None,
        record: str | None = None,
    ) -> None:
        super().__init__(for_user)
        self.for_user = for_user
        self.remedy = remedy
        self.detail = detail
        self.field = field
        self.trouble = trouble or self.trouble
        self.tenant = tenant
        self.connection = connection
        self.flow = flow
        self.record = record

    @property
    def context(self) -> dict[str, str]:
        return {name: value for name in CONTEXT if (value := getattr(self, name)) is not None}

    @property
    def told(self) -> str:
        """The sentence, the remedy, and the provider's id of the call, as a run keeps them."""
        call = f"(Call {self.trace}.)" if self.trace else ""
        return " ".join(part for part in (self.for_user, self.remedy, call) if part)

    def __str__(self) -> str:
        where = " ".join(f"{name}={value}" for name, value in self.context.items())
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.for_user}{detail} [{where}]" if where else f"{self.for_user}{detail}"


class Transient(SyncError):
    pass


class RateLimited(Transient):
    def __init__(self, for_user: str, *, retry_after: float = 60, remedy: str = "", detail: str = "") -> None:
        super().__init__(for_user, remedy=remedy, detail=detail)
        self.retry_after = retry_after


class Stale(Transient):
    pass


class Rejected(SyncError):
    pass


class Locked(Rejected):
    trouble: Trouble = "locked"


class Missing(Rejected):
    """There is no such record."""


class Unlinked(Rejected):
    trouble: Trouble = "reference"


class Undecided(Rejected):
    """`candidates`: what a person may choose from. `theirs`: they are records of theirs; else they are ours. A side
    that does not say which record it means names none: then it is looked for.

    `about`: the name of the record that waits.
    """

    trouble: Trouble = "duplicate"

    def __init__(
        self,
        for_user: str,
        *,
        remedy: str,
        candidates: Sequence[Candidate],
        theirs: bool,
        about: str | None = None,
        detail: str = "",
        field: str | None = None,
    ) -> None:
        super().__init__(for_user, remedy=remedy, detail=detail, field=field)
        self.candidates = tuple(candidates)
        self.theirs = theirs
        self.about = about


class Awaiting(Rejected):
    """It may be a record about which a person is asked already: it follows that answer by itself."""

    trouble: Trouble = "duplicate"


class MassDelete(SyncError):
    pass


class Disconnected(SyncError):
    """`links_end`: what is there now is not what was linked, even where it has the same id."""

    links_end = False


class Misconfigured(SyncError):
    pass


@contextmanager
def attached(**context: str) -> Iterator[None]:
    """Add tenant, connection, flow or record to any SyncError that leaves the block and does not know it yet."""
    try:
        yield
    except SyncError as error:
        for name, value in context.items():
            if getattr(error, name) is None:
                setattr(error, name, value)
        raise
