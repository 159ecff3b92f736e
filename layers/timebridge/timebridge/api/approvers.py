"""Who may approve time and expenses, and why others may not: asked by every route that decides about them."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from timebridge.api.access import ADMINS, WRITERS, Caller
from timebridge.api.errors import Problem
from timebridge.records import Record
from timebridge.store.approvers import Approvers, Docket
from timebridge.store.members import Members
from timebridge.workspace.approving import Decider, Refusal, own_reason

DECISIONS = ("approve", "reject", "reopen")
LOOKS = Refusal("You may look, but not decide.", "Ask an administrator for the role of a member.")


def staff_id(tenant: str, caller: Caller) -> str | None:
    """The caller among the staff, if they are: administrators decide whether they are or not."""
    me = None if caller.is_any(ADMINS) else Members(tenant).staff_of(caller.email)
    return me.id if me else None


class Bench:
    """What one caller may decide about, of some entries of one kind. `me`: their id among the staff."""

    def __init__(self, tenant: str, caller: Caller, kind: str, records: Sequence[Record], me: str | None) -> None:
        self._tenant, self._kind, self._records = tenant, kind, records
        self._may = caller.is_any(WRITERS)
        self._decider = Decider(me, everything=caller.is_any(ADMINS))

    @cached_property
    def _docket(self) -> Docket:
        """Read when something depends on it: who looks at their own week does not ask."""
        return Approvers(self._tenant).docket(self._kind, self._records)

    def refusal(self, id: str, move: str) -> Refusal | None:
        if self._decider.everything:
            return None
        return self._docket.refusal(id, self._decider, move) if self._may else LOOKS

    def refusal_now(self, record: Record) -> Refusal | None:
        """Of the move that is next, as the record stands."""
        return self.refusal(record.id, "approve" if record.values.get("status") == "submitted" else "reopen")

    @property
    def mine(self) -> list[Record]:
        """Those about which they decide."""
        return [each for each in self._records if self.refusal(each.id, "approve") is None]

    def reserved(self, record: Record) -> str | None:
        """Why they may not decide now, in words for whoever looks; None where they may."""
        if not self._decider.everything and record.values.get("staff") == self._decider.staff:
            return own_reason(self._kind)
        found = self.refusal_now(record)
        return found.reason if found else None


def problems(tenant: str, caller: Caller, kind: str, records: Iterable[Record], move: str) -> dict[str, Problem]:
    """By id, of what the caller may not decide about."""
    some = list(records)
    bench = Bench(tenant, caller, kind, some, staff_id(tenant, caller))
    found = ((each.id, bench.refusal(each.id, move)) for each in some)
    return {id: Problem(403, said.reason, remedy=said.remedy, field="staff") for id, said in found if said}
