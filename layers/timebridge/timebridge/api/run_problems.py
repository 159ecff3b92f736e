"""What a run could not do: each record with its name, the reason, and whether it is solved by now."""

from collections.abc import Iterable, Mapping

from pydantic import Field

from timebridge import presets
from timebridge.api.access import EVERYBODY, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.kinds import PLURAL_OF
from timebridge.api.runs import PATH, run_of
from timebridge.api.views import Page, View
from timebridge.flows import Flow
from timebridge.links import Link, State
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.tenants import Connection
from timebridge.wording import called

run_problems = Noun("run problems")

type Pair = tuple[str, str]
"""A flow, and the id of ours."""


class ProblemView(View):
    """`cause`: class of the error; `trouble`: what to look at: mapping, permission, format, duplicate, reference,
    locked, automation or other. `trace`: the provider's id of the call, where it has one: its support asks for it."""

    flow: str
    kind: str | None = Field(description="Of our record; missing where the flow is switched off by now.")
    kinds: str | None = Field(description="The word for that kind in paths.")
    ours: str
    theirs: str
    name: str | None = Field(description="Of our record, where there is one.")
    cause: str
    trouble: str
    reason: str
    remedy: str
    field: str
    trace: str
    solved: bool | None = Field(description="Whether the pair is in step by now; missing where there is no pair.")


SAID = ("flow", "ours", "theirs", "cause", "trouble", "reason", "remedy", "field", "trace")


@run_problems.get(f"{PATH}/<run>/problems", EVERYBODY, "List the records of a run that are parked")
def list_problems(tenant: TenantId, connection: ConnectionId, run: Name) -> Page[ProblemView]:
    """The first hundred; all that are parked are among the links."""
    problems = run_of(tenant, connection, run).tally.problems
    flows = {flow.name: flow for flow in presets.flows_of(connection_of(tenant, connection))}
    pairs = [(problem["flow"], problem["ours"]) for problem in problems]
    names, links = names_in(tenant, flows, pairs), _links(connection_of(tenant, connection), flows, pairs)
    return Page[ProblemView](items=[_view(each, flows, names, links) for each in problems])


def _view(
    problem: Mapping[str, str], flows: Mapping[str, Flow], names: Mapping[Pair, str | None], links: Mapping[Pair, Link]
) -> ProblemView:
    pair = problem["flow"], problem["ours"]
    flow, link = flows.get(problem["flow"]), links.get(pair)
    return ProblemView(
        **{name: problem.get(name, "") for name in SAID},
        kind=flow.kind if flow else None,
        kinds=PLURAL_OF[flow.kind] if flow else None,
        name=names.get(pair) or (link.problem.about if link and link.problem else None),
        solved=None if link is None else link.state not in (State.PARKED, State.PENDING),
    )


def names_in(tenant: str, flows: Mapping[str, Flow], pairs: Iterable[Pair]) -> dict[Pair, str | None]:
    """How the records of ours are called, archived ones too. One read for each flow."""
    ours, found = Workspace(tenant), dict[Pair, str | None]()
    for name, ids in _by_flow(flows, pairs):
        for record in ours.read(flows[name].kind, ids):
            found[name, record.id] = called(record.values)
    return found


def _links(connection: Connection, flows: Mapping[str, Flow], pairs: Iterable[Pair]) -> dict[Pair, Link]:
    store = DynamoLinks(connection.tenant, connection.id)
    found = (link for name, ids in _by_flow(flows, pairs) for link in store.find(name, ours=ids))
    return {(link.flow, link.ours): link for link in found}


def _by_flow(flows: Mapping[str, Flow], pairs: Iterable[Pair]) -> Iterable[tuple[str, list[str]]]:
    ids: dict[str, dict[str, None]] = {}
    for name, id in pairs:
        if name in flows and id:
            ids.setdefault(name, {})[id] = None
    return [(name, list(some)) for name, some in ids.items()]
