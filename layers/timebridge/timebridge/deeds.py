"""What a run did to a pair, in the words in which it names its records."""

from collections.abc import Iterator, Mapping

from timebridge.changes import Where
from timebridge.links import Link, State
from timebridge.merge import Pair, Plan
from timebridge.records import Values
from timebridge.runs import What
from timebridge.sides import Create, Delete, Update

DONE: Mapping[Where, Mapping[type, What]] = {
    Where.OURS: {Create: What.CREATED_OURS, Update: What.UPDATED_OURS, Delete: What.ARCHIVED_OURS},
    Where.THEIRS: {Update: What.UPDATED_THEIRS, Delete: What.DELETED_THEIRS},
}
"""By the write that did it. What is created there is reserved first, and told when it is born."""


def became(pair: Pair, plan: Plan, link: Link) -> Iterator[What]:
    """What became of the pair itself, beside what was written. `link`: as it is afterwards."""
    before = pair.link
    if plan.conflicts and (before is None or before.conflicts != plan.conflicts):
        yield What.CONFLICT
    if pair.ours is not None and pair.theirs is not None and link.state is State.LIVE:
        yield from _in_step(before, plan, link)
    elif _is_buried(before, link) and not plan.deletes:
        yield What.ENDED


def _in_step(before: Link | None, plan: Plan, link: Link) -> Iterator[What]:
    if before is None or before.base is None:
        yield What.LINKED
    elif not (plan.ours or plan.theirs) and (_said(before) != _said(link) or before.state is not link.state):
        yield What.AGREED


def _said(link: Link) -> Values:
    """What both agreed on; a field that is empty is as one that nobody ever spoke of."""
    return {name: value for name, value in (link.base or {}).items() if value is not None}


def _is_buried(before: Link | None, link: Link) -> bool:
    return link.state is State.TOMBSTONE and before is not None and before.state is not State.TOMBSTONE
