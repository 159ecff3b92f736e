"""Projects: of a customer with jobs, its jobs at the lowest level; of a customer without any, the customer itself.

A job between them is only part of the path of those below it. One that is a project and gets jobs of its own stays one
as long as work is booked on it, and goes otherwise; when they are gone, it is a project again. What is blocked never
comes in, whatever refers to it.

`TopRef`, the customer at the top of a job, and `HasJobs` are not fields of QuickBooks: the Side finds both.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from timebridge.flows import All, Direction, Flow, Stays, field, none_of, one_of, ref
from timebridge.lines import Unfit, shown
from timebridge.providers.quickbooks_online.converters import LISTED_NAME, PATH
from timebridge.providers.quickbooks_online.lists import MERGED
from timebridge.providers.quickbooks_online.names import NAME
from timebridge.providers.quickbooks_online.texts import prose
from timebridge.workspace.accounting import TOTALS

JOB_FLOW, CLIENT_PROJECT_FLOW = "quickbooks_online.job", "quickbooks_online.client_project"
BLOCKED: tuple[str, ...] = ()
TOP, LEAF = one_of("ParentRef.value", None), none_of("HasJobs", True)


BOOKED = Stays(TOTALS["project"], ("time_entry", "expense"))

JOB = Flow(
    JOB_FLOW,
    kind="project",
    object="Customer",
    match="name",
    when_ours=one_of("for_client", None, False),
    when_theirs=All((one_of("Job", True), LEAF)),
    mirror=True,
    stays=BOOKED,
    merged=MERGED,
    deletions=Direction.IN,
    on_create_theirs={"Job": True},
    fields=(
        field("name", "DisplayName", NAME),
        ref("client", "TopRef.value", parent="quickbooks_online.customer"),
        field("path", "FullyQualifiedName", PATH, Direction.IN),
        field("notes", "Notes", prose(2_000)),
    ),
)

CLIENT_PROJECT = Flow(
    CLIENT_PROJECT_FLOW,
    kind="project",
    object="Customer",
    direction=Direction.IN,
    when_theirs=All((TOP, LEAF)),
    mirror=True,
    stays=BOOKED,
    merged=MERGED,
    single=True,
    deletions=Direction.IN,
    on_create_ours={"for_client": True},
    fields=(
        field("name", "DisplayName", LISTED_NAME),
        ref("client", "Id", parent="quickbooks_online.customer"),
        field("path", "FullyQualifiedName", PATH),
    ),
)


def flows(settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    """Settings: `blocked`, the ids of customers that are no projects here. Without jobs, every client has a project."""
    barred = _ids(settings.get("blocked", BLOCKED))
    whole = replace(CLIENT_PROJECT, when_theirs=TOP) if _is_off(settings.get("flows", {})) else CLIENT_PROJECT
    return replace(JOB, barred=barred), replace(whole, barred=barred)


def _is_off(choices: Any) -> bool:
    """Whether jobs are not used; whether the choice fits is looked at where it is laid over the flow."""
    chosen = choices.get(JOB_FLOW) if isinstance(choices, Mapping) else None
    return isinstance(chosen, Mapping) and chosen.get("off") is True


def _ids(blocked: Any) -> frozenset[str]:
    for id in blocked:
        if not str(id).isdecimal():
            raise Unfit("blocked", f"{shown(id)} is no id of a customer.", "Give ids as QuickBooks has them, like 58.")
    return frozenset(blocked)
