"""Messages: what is to be done for one connection, as it travels on the queue.

A message holds ids, never values or tokens: what it points at is read when it is handled.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from timebridge.changes import Change, chunks, unique
from timebridge.errors import Misconfigured

CHANGES_PER_MESSAGE = 200

SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull of both sides. `released`: a person confirmed the deletions that a pull before this one refused.

    `flows`: the names of those that are due; None: all of them. `reconcile`: everything is read again, whether it
    changed or not. `place`: where a reconciliation that ran out of time goes on. `nudge`: only a look at what changed
    there, between two pulls. `since`: what changed after that moment (ISO) is read again, whether it was read or not.
    """

    actor: str = SCHEDULE
    released: bool = False
    flows: tuple[str, ...] | None = None
    reconcile: bool = False
    place: str = ""
    nudge: bool = False
    since: str = ""

    @property
    def asked(self) -> bool:
        """Somebody waits for it."""
        return self.actor != SCHEDULE

    def to_message(self) -> dict[str, object]:
        """What is as it mostly is goes without saying."""
        flows = {"flows": list(self.flows)} if self.flows is not None else {}
        reconcile = {"reconcile": True, "place": self.place} if self.reconcile else {}
        nudge = {"nudge": True} if self.nudge else {}
        since = {"since": self.since} if self.since else {}
        return {"actor": self.actor, "released": self.released, **flows, **reconcile, **nudge, **since}

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> "Pull":
        flows = message.get("flows")
        return cls(**{**message, "flows": None if flows is None else tuple(flows)})


@dataclass(frozen=True, slots=True)
class Check:
    """A look at the connection in a run of its own, behind everything that was queued before it (see `checks`).

    `start`: where one that ran out of time goes on.
    """

    what: str
    run: str
    start: str = ""


LOOKS = frozenset({"preview"})
"""Checks that write nothing."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a message is of a run that was begun before it was sent: one of its parts, the last of which ends it."""

    run: str
    part: int = 0
    last: bool = True

    def to_message(self) -> dict[str, object]:
        return {"id": self.run, "part": self.part, "last": self.last}

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> "Share":
        return cls(str(message["id"]), int(message["part"]), bool(message["last"]))


@dataclass(frozen=True, slots=True)
class Message:
    """`asked`: a person asked for it and waits; it goes also where nothing moves by itself. `upkeep`: our access is to
    be looked after (see `upkeep`), whether or not the connection is on the road. `at`: when the first of the changes
    happened at the provider (ISO), if it told. `key`: what is sent twice with it within five minutes comes once.
    `share`: of the run that somebody follows. `also`: runs whose pull was the same, and is done with this one.
    """

    tenant: str
    connection: str
    changes: tuple[Change, ...] = ()
    pull: Pull | None = None
    checks: tuple[Check, ...] = ()
    asked: bool = False
    upkeep: bool = False
    at: str = ""
    key: str = ""
    share: Share | None = None
    also: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        return f"{self.tenant}#{self.connection}"

    @property
    def is_awaited(self) -> bool:
        return self.asked or bool(self.checks or self.share) or (self.pull is not None and self.pull.asked)

    @property
    def is_whole_pull(self) -> bool:
        """A pull and nothing else, of which nothing was done yet: others like it may be done with it."""
        return self.pull is not None and not (self.changes or self.checks or (self.share and self.share.part))

    @property
    def only_looks(self) -> bool:
        """Nothing will be written on either side: it may be handled while the connection is off."""
        return bool(self.checks) and {check.what for check in self.checks} <= LOOKS and not (self.changes or self.pull)

    def to_body(self) -> str:
        body: dict[str, object] = {"tenant": self.tenant, "connection": self.connection}
        if self.pull:
            body["pull"] = self.pull.to_message()
        if self.changes:
            body["changes"] = [change.to_message() for change in self.changes]
        if self.checks:
            body["checks"] = [asdict(check) for check in self.checks]
        if self.asked:
            body["asked"] = True
        if self.upkeep:
            body["upkeep"] = True
        if self.at:
            body["at"] = self.at
        if self.share:
            body["run"] = self.share.to_message()
        return json.dumps(body, separators=(",", ":"))


def parse(body: str) -> Message:
    """Raises Misconfigured when the body is none of ours."""
    try:
        found = json.loads(body)
        changes = tuple(Change.from_message(change) for change in found.get("changes", ()))
        pull = Pull.from_message(found["pull"]) if "pull" in found else None
        checks = tuple(Check(**check) for check in found.get("checks", ()))
        told = bool(found.get("asked")), bool(found.get("upkeep"))
        share = Share.from_message(found["run"]) if "run" in found else None
        at = str(found.get("at", ""))
        return Message(found["tenant"], found["connection"], changes, pull, checks, *told, at, share=share)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Misconfigured("A message on the queue cannot be read.", detail=repr(error)) from error


def joined(messages: Sequence[Message]) -> list[Message]:
    """Messages of one connection as one: a record that several of them name is looked at once.

    What somebody waits for comes first, each run by itself, and alone may go beyond what the schedule may spend. What
    only looks stays by itself, because it goes on where the rest may not.
    """
    looks = [message for message in messages if message.only_looks]
    awaited = [message for message in messages if message.is_awaited and not message.only_looks]
    others = [message for message in messages if not message.is_awaited]
    return [_joined(some) for some in (*_by_run(awaited), others, looks) if some]


def _by_run(messages: Sequence[Message]) -> list[list[Message]]:
    """But a pull that several people asked for is done once, in the run of the first of them."""
    groups: dict[str, list[Message]] = {}
    for message in messages:
        run = message.share.run if message.share else ""
        groups.setdefault("pull" if message.is_whole_pull else run, []).append(message)
    return list(groups.values())


def in_turn(messages: Sequence[Message]) -> list[list[Message]]:
    """Messages of one connection, joined; what only looks apart, because it goes on where the rest may not."""
    found = joined(messages) if messages else []
    parts = ([each for each in found if each.only_looks is looks] for looks in (False, True))
    return [part for part in parts if part]


def _joined(messages: Sequence[Message]) -> Message:
    first, pulls = messages[0], [message.pull for message in messages if message.pull]
    changes = unique(change for message in messages for change in message.changes)
    checks = dict.fromkeys(check for message in messages for check in message.checks)
    told = any(message.asked for message in messages), any(message.upkeep for message in messages)
    at = min((message.at for message in messages if message.at), default="")
    pull, (share, *also) = _joined_pulls(pulls), _joined_shares(messages)
    runs = tuple(each.run for each in also if each)
    return Message(
        first.tenant, first.connection, tuple(changes), pull, tuple(checks), *told, at, share=share, also=runs
    )


def _joined_shares(messages: Sequence[Message]) -> list[Share | None]:
    """One for each run, the first first."""
    by_run: dict[str, Share] = {}
    for share in (message.share for message in messages if message.share):
        before = by_run.get(share.run, share)
        by_run[share.run] = replace(before, last=before.last or share.last)
    return [*by_run.values()] or [None]


def _joined_pulls(pulls: Sequence[Pull]) -> Pull | None:
    if not pulls:
        return None
    pulls = [pull for pull in pulls if not pull.nudge] or pulls
    named = [pull.flows for pull in pulls if pull.flows is not None]
    return Pull(
        pulls[0].actor,
        any(pull.released for pull in pulls),
        tuple(dict.fromkeys(name for names in named for name in names)) if len(named) == len(pulls) else None,
        any(pull.reconcile for pull in pulls),
        next((pull.place for pull in pulls if pull.reconcile), ""),
        all(pull.nudge for pull in pulls),
        min((pull.since for pull in pulls if pull.since), default=""),
    )


def cut(message: Message) -> list[Message]:
    """Into messages of a size that the queue takes and one invocation can handle."""
    told = replace(message, pull=None, checks=(), upkeep=False)
    parts = [
        replace(told, changes=tuple(some), key=message.key and f"{message.key}-{number}")
        for number, some in enumerate(chunks(unique(message.changes), CHANGES_PER_MESSAGE))
    ]
    if message.pull or message.checks or message.upkeep:
        parts.append(replace(message, changes=(), key=""))
    return [_shared(part, number, len(parts)) for number, part in enumerate(parts)]


def _shared(part: Message, number: int, parts: int) -> Message:
    share = part.share
    if share is None:
        return part
    return replace(part, share=Share(share.run, share.part + number, share.last and number == parts - 1))
