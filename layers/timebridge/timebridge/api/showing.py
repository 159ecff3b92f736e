"""What waits, put into the shapes in which the API shows it: names are read once for each kind."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from timebridge.api.definitions import field_of
from timebridge.api.kinds import PLURAL_OF
from timebridge.api.names import names_of
from timebridge.api.naming import names_in
from timebridge.api.refused import refused
from timebridge.api.waiting import (
    AlikeView,
    AsideView,
    AttemptView,
    ChoiceView,
    ClashingView,
    EditView,
    ExplainedView,
    Line,
    ParentView,
    SentView,
    WaitingView,
)
from timebridge.attempts import Attempt
from timebridge.books import folders
from timebridge.changes import Where
from timebridge.flows import Flow
from timebridge.links import Conflict
from timebridge.questions.mending import act_of, edit_of, parent_of
from timebridge.questions.waiting import QUOTED, Sort, Waiting
from timebridge.records import Candidate, Record
from timebridge.store.records import Workspace
from timebridge.wording import label

GROUPS = 50
NAMED = 3


def place(each: Waiting) -> str:
    """Where it stands in the list, for the page that begins there."""
    return "~".join(each.place)


def groups(found: Iterable[Waiting]) -> list[AlikeView]:
    by_like = defaultdict[str, list[Waiting]](list)
    for each in found:
        by_like[each.like].append(each)
    return sorted(map(_group, by_like.values()), key=lambda group: (-group.count, group.like))[:GROUPS]


def _group(some: Sequence[Waiting]) -> AlikeView:
    first, problem = some[0], some[0].problem
    same = len({each.problem.reason for each in some}) == 1
    moments = [moment for each in some if (moment := each.problem.since)]
    return AlikeView(
        like=first.like,
        connection=first.connection.id,
        provider=first.connection.provider,
        flow=first.flow.name,
        kind=first.flow.kind,
        kinds=PLURAL_OF[first.flow.kind],
        object=first.flow.object,
        sort=first.sort,
        reason=problem.reason if same else QUOTED.sub("…", problem.reason),
        remedy=problem.remedy,
        field=first.field,
        cause=problem.cause,
        trouble=problem.trouble,
        act=act_of(first),
        count=len(some),
        since=min(moments, default=None),
        names=[name for each in some if (name := _told(each))][:NAMED],
    )


def _told(each: Waiting) -> str | None:
    return each.problem.about or (each.link.question.about if each.link.question else None)


def views(tenant: str, some: Sequence[Waiting]) -> list[WaitingView]:
    space, ids = Workspace(tenant), defaultdict[str, dict[str, None]](dict)
    for each in some:
        ids[each.flow.kind][each.link.ours] = None
    known = {record.id: record for kind, wanted in ids.items() for record in space.read(kind, list(wanted))}
    names: dict[str, str] = {}
    for kind in ids:
        fields = {each.field for each in some if each.flow.kind == kind and parent_of(each, known.get(each.link.ours))}
        records = [known[id] for id in ids[kind] if id in known]
        names |= names_in(tenant, kind, records, [field for field in fields if field])
    clashes = [clash for each in some for clash in each.link.conflicts]
    names |= names_of(tenant, (value for clash in clashes for value in (clash.base, clash.ours, clash.theirs)))
    return [_view(each, known.get(each.link.ours), names) for each in some]


def _view(each: Waiting, record: Record | None, names: dict[str, str]) -> WaitingView:
    problem, flow, link = each.problem, each.flow, each.link
    parent = parent_of(each, record)
    known = refused(each.connection, flow, (link.ours, link.theirs), problem, record, _told(each))
    return WaitingView(
        **{**known, "field": each.field},
        id=f"{each.connection.id}~{flow.name}~{link.ours}",
        sort=each.sort,
        like=each.like,
        trace=problem.trace,
        retry_at=problem.retry_at,
        act=act_of(each),
        edit=_edit(each, record, names),
        parent=parent and ParentView(kinds=PLURAL_OF[parent[0]], id=parent[1], name=names.get(parent[1], parent[1])),
        conflicts=[_clash(clash, names) for clash in link.conflicts],
        asks=(Where.THEIRS if link.is_stranger else Where.OURS) if link.question else None,
        candidates=[_choice(each, candidate) for candidate in (link.question.candidates if link.question else ())],
        aside=AsideView.of(problem.aside) if problem.aside else None,
        revision=link.revision,
    )


def explained(tenant: str, each: Waiting) -> ExplainedView:
    [shown] = views(tenant, [each])
    tried = each.problem.attempt
    return ExplainedView(**dict(shown), attempt=_attempt(each.flow, tried) if tried else None)


def _attempt(flow: Flow, tried: Attempt) -> AttemptView:
    known = {field.ours: field for field in flow.fields}
    if tried.where is Where.THEIRS:
        known = {path: field for field in flow.fields for path in field.theirs}
    values = [
        SentView(path=path, label=label(known[path].shown if path in known else path), value=value)
        for path, value in tried.values.items()
    ]
    return AttemptView(where=tried.where, step=tried.step, at=tried.at, values=values)


def _clash(clash: Conflict, names: Mapping[str, str]) -> ClashingView:
    values = {"base": clash.base, "ours": clash.ours, "theirs": clash.theirs}
    known = {str(value): names[str(value)] for value in values.values() if str(value) in names}
    return ClashingView(field=clash.field, label=label(clash.field), **values, names=known)


def _choice(each: Waiting, candidate: Candidate) -> ChoiceView:
    url = None if each.link.is_stranger else folders.url_of(each.connection, each.flow, candidate.id)
    id, name, score, reasons = candidate.id, candidate.name, candidate.score, candidate.reasons
    return ChoiceView(id=id, name=name, score=score, reasons=reasons, url=url)


def _edit(each: Waiting, record: Record | None, names: dict[str, str]) -> EditView | None:
    found = edit_of(each, record) if each.sort is Sort.PARKED else None
    if found is None or record is None or found.definition.confidential:
        return None
    return EditView(
        field=field_of(found.field, found.definition),
        value=found.value,
        value_name=names.get(str(found.value)),
        revision=int(record.version or 0),
        refusal=found.refusal.for_user if found.refusal else None,
        remedy=found.refusal.remedy if found.refusal else None,
    )


def line(each: WaitingView) -> Line:
    return Line(
        since=_said(each.since),
        connection=each.connection,
        kind=each.kind.replace("_", " "),
        record=each.ours if each.exists else "",
        name=each.name,
        there=each.theirs or "",
        sort=each.sort,
        problem=each.reason,
        remedy=each.remedy,
        field=each.field or "",
        cause=each.cause,
        tries=each.tries,
        next_try=_said(each.retry_at),
        call=each.trace,
        left=each.aside.reason if each.aside else "",
    )


def _said(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
