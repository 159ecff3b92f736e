"""What a person decides before a connection is switched on, as settings: what is kept in step, which way, from when.

Everything here only writes choices down that `choices` and `start` understand; nothing else decides.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from timebridge.connecting.start import StartMode, mode_of
from timebridge.flows import Direction, Flow
from timebridge.lines import Unfit
from timebridge.providers import provider
from timebridge.tenants import Connection, Provider
from timebridge.wording import label

OFF_UNLESS_CHOSEN: Mapping[Provider, tuple[str, ...]] = {Provider.SALESFORCE: ("salesforce.contact",)}


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values of a choice, in people's words."""

    name: str
    title: str
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A setting with a few values. `usual`: where nothing is chosen."""

    name: str
    title: str
    usual: str
    options: tuple[Option, ...]


PRESETS: Mapping[Provider, tuple[Option, ...]] = {
    Provider.SALESFORCE: (
        Option(
            "projects",
            "Opportunities become projects",
            "An opportunity that reaches one of your stages becomes a project here, and its account a client.",
        ),
        Option(
            "push",
            "Projects become opportunities",
            "A project made here becomes an opportunity there, a client an account, and the hours are written there.",
        ),
        Option(
            "tasks",
            "Opportunities and cases become tasks",
            "People book time on opportunities and cases, which show here as tasks of one project.",
        ),
    )
}
"""What a provider can be used for; any of them together, but not none."""

CHOICES: Mapping[Provider, tuple[Choice, ...]] = {
    Provider.SALESFORCE: (
        Choice(
            "accounts",
            "Accounts that become clients",
            "all",
            (Option("all", "All accounts"), Option("needed", "Only those of opportunities that come over")),
        ),
        Choice(
            "export_time",
            "Hours that are written to Salesforce",
            "",
            (
                Option("", "As usual for what was chosen above"),
                Option("none", "None"),
                Option("totals", "Sums on the opportunity"),
                Option("entries", "Sums, and every entry as a record"),
            ),
        ),
    ),
    Provider.QUICKBOOKS_ONLINE: (
        Choice(
            "vendors",
            "Vendors who are staff",
            "link",
            (
                Option("link", "Those who are staff here already", "Recognised by name or e-mail address."),
                Option("contractors", "Those with a 1099 too", "They are added to the staff."),
                Option("all", "All vendors", "All of them are added to the staff."),
            ),
        ),
    ),
}

NAMES: Mapping[str, str] = {
    "quickbooks_online.vendor": "Staff who are vendors",
    "quickbooks_online.client_project": "Project of a client as a whole",
    "quickbooks_online.client_time": "Hours in the books",
    "quickbooks_online.time_history": "Earlier time entries",
    "quickbooks_online.invoice_history": "Earlier invoices",
    "quickbooks_online.check": "Expense report paid by check",
    "quickbooks_online.card_charge": "Expense paid by card",
    "quickbooks_online.credit_memo": "Credit",
}
"""Of flows whose kind alone does not tell them from others."""


def name_of(flow: Flow) -> str:
    """What people call the records of ours that a flow is about."""
    return NAMES.get(flow.name) or label(flow.kind)


class Group(StrEnum):
    """What a flow is there for, as people sort it. `asked`: it moves only when somebody imports."""

    IN_STEP = "in_step"
    COMES_IN = "comes_in"
    GOES_OUT = "goes_out"
    SHOWN = "shown"
    ASKED = "asked"


def group_of(flow: Flow) -> Group:
    if flow.name.endswith("_history"):
        return Group.ASKED
    if flow.posting or flow.direction is Direction.OUT:
        return Group.GOES_OUT
    if flow.kind == "transaction":
        return Group.SHOWN
    return Group.IN_STEP if flow.direction is Direction.BOTH else Group.COMES_IN


MODES = (
    Option("initial", "With everything there is", "All records of both sides are compared and brought together once."),
    Option("from_date", "With what changed since a day", "Older records stay as they are until somebody edits them."),
    Option("on_change", "With changes from now on", "Nothing is loaded. A record travels when somebody edits it."),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One flow as it is chosen. `offered`: the flow as its provider has it, without what was chosen of it."""

    offered: Flow
    chosen: Flow | None

    @property
    def directions(self) -> tuple[Direction, ...]:
        both = self.offered.direction is Direction.BOTH and not self.offered.posting
        return (Direction.BOTH, Direction.IN, Direction.OUT) if both else (self.offered.direction,)


def rules_of(connection: Connection) -> list[Rule]:
    """All that can be kept in step, parents first, whether it is switched on or not. Raises Unfit."""
    chosen = {flow.name: flow for flow in _flows(connection, connection.settings)}
    return [Rule(flow, chosen.get(flow.name)) for flow in _offered(connection)]


def is_look_only(connection: Connection) -> bool:
    """Whether nothing is ever written there."""
    return not any(flow.direction.goes_out for flow in _flows(connection, connection.settings))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person says; None: as it is. `flows`: by name, whether it is on, and which way it goes."""

    presets: list[str] | None = None
    flows: Mapping[str, tuple[bool | None, Direction | None]] | None = None
    look_only: bool | None = None
    start_mode: str | None = None
    start_date: str | None = None
    choices: Mapping[str, str] | None = None


def settled(connection: Connection, wishes: Wishes) -> dict[str, Any]:
    """The settings with these wishes in them. Raises Unfit where a wish names what is not there."""
    settings = {**connection.settings}
    if wishes.presets is not None:
        settings["presets"] = wishes.presets
    _begin(settings, wishes)
    _choose(connection, settings, wishes.choices or {})
    now = replace(connection, settings=settings)
    if wishes.flows:
        settings["flows"] = _laid(now, wishes.flows)
    if wishes.look_only:
        settings["flows"] = _only_in(replace(connection, settings=settings))
    elif wishes.look_only is False and is_look_only(now):
        settings["flows"] = _both_again(now)
    if not settings.get("flows"):
        settings.pop("flows", None)
    return settings


def _begin(settings: dict[str, Any], wishes: Wishes) -> None:
    if wishes.start_mode is not None:
        settings["start_mode"] = wishes.start_mode
    if wishes.start_date is not None:
        settings["start_date"] = wishes.start_date
    if mode_of(settings) is not StartMode.FROM_DATE:
        settings.pop("start_date", None)


def _choose(connection: Connection, settings: dict[str, Any], wanted: Mapping[str, str]) -> None:
    known = {choice.name: choice for choice in CHOICES.get(connection.provider, ())}
    for name, value in wanted.items():
        if name not in known:
            raise Unfit(name[:60], "There is no such choice.", f"There are: {', '.join(known)}.")
        settings[name] = value
        if value == known[name].usual:
            settings.pop(name)


def _laid(connection: Connection, wanted: Mapping[str, tuple[bool | None, Direction | None]]) -> dict[str, Any]:
    offered = {flow.name: flow for flow in _offered(connection)}
    chosen = {name: dict(choices) for name, choices in connection.settings.get("flows", {}).items()}
    for name, (on, direction) in wanted.items():
        if name not in offered:
            raise Unfit(f"flows.{name[:60]}", "There is nothing of this name to keep in step.", "Load the page again.")
        mine = chosen.setdefault(name, {})
        if on is not None:
            mine["off"] = not on
        if direction is not None:
            mine["direction"] = direction.value
            if direction is offered[name].direction:
                del mine["direction"]
        if mine.get("off") is False and name not in OFF_UNLESS_CHOSEN.get(connection.provider, ()):
            del mine["off"]
    return {name: choices for name, choices in chosen.items() if choices}


def _only_in(connection: Connection) -> dict[str, Any]:
    """Everything comes in, and what could only go out, or hangs on that, is off."""
    offered = _offered(connection)
    off = {flow.name for flow in offered if flow.posting or flow.direction is Direction.OUT}
    while more := {flow.name for flow in offered if flow.name not in off and _hangs_on(flow, off)}:
        off |= more
    kept = connection.settings.get("flows", {})
    ways: dict[str, dict[str, Any]] = {name: {"off": True} for name in off}
    ways |= {
        flow.name: {"direction": "in"} for flow in offered if flow.name not in off and flow.direction is Direction.BOTH
    }
    return {name: {**kept.get(name, {}), **ways.get(name, {})} for name in dict.fromkeys([*kept, *ways])}


def _both_again(connection: Connection) -> dict[str, Any]:
    """As the provider offers it, but for what was chosen of the lines."""
    kept = connection.settings.get("flows", {})
    left = {name: {k: v for k, v in choices.items() if k not in ("off", "direction")} for name, choices in kept.items()}
    return {name: choices for name, choices in left.items() if choices}


def _hangs_on(flow: Flow, off: Collection[str]) -> bool:
    left = [line for each in flow.fields if (line := each.without(off)) is not None]
    return any(parent in off for line in left for parent in line.parent_flows)


def _offered(connection: Connection) -> list[Flow]:
    """Everything the provider has for these settings, each as it would be if nothing were chosen of it."""
    on = {name: {"off": False} for name in OFF_UNLESS_CHOSEN.get(connection.provider, ())}
    bare = {name: value for name, value in connection.settings.items() if name != "flows"}
    try:
        return list(_flows(connection, {**bare, "flows": on}))
    except Unfit:  # a preset without them
        return list(_flows(connection, bare))


def _flows(connection: Connection, settings: Mapping[str, Any]) -> Iterable[Flow]:
    return provider.load(connection.provider).flows(settings)
