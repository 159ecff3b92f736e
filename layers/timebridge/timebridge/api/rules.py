"""The rules of a connection as a person decides them, in one save: what is kept in step, which way, and from when."""

import functools
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from timebridge import context
from timebridge.api import versions
from timebridge.api.access import ADMINS, EVERYBODY, Asking, ConnectionId, Noun, TenantId, connection_of
from timebridge.api.errors import Problem
from timebridge.api.flows import TermsView
from timebridge.api.views import Asked, Page, View
from timebridge.connecting import details
from timebridge.connecting import rules as product
from timebridge.connecting.details import Detail
from timebridge.connecting.rules import CHOICES, MODES, PRESETS, Choice, Group, Option, Rule, Wishes
from timebridge.connecting.start import StartMode
from timebridge.errors import Stale, SyncError
from timebridge.flows import Direction
from timebridge.lines import Unfit
from timebridge.providers import provider
from timebridge.store.versions import Versions
from timebridge.telemetry import facts, logger
from timebridge.tenants import Connection, Status
from timebridge.wording import in_words, label

rules = Noun("rules")

PATH = "/tenants/<tenant>/connections/<connection>/rules"


class OptionView(View):
    name: str
    title: str
    summary: str
    chosen: bool


class ChoiceView(View):
    name: str
    title: str
    options: list[OptionView]


class DetailView(View):
    """A setting with one value (`one`) or several. `preset`: the one it belongs to. `known`: whether `options` are all
    that the account has; else it could not be asked, and they are what is chosen."""

    name: str
    title: str
    summary: str
    preset: str
    one: bool
    known: bool
    options: list[OptionView]


class RuleView(View):
    """One kind of record. `directions`: those it may have. `words`: what it does as it is chosen now."""

    flow: str
    kind: str
    object: str
    terms: TermsView
    group: Group
    on: bool
    direction: Direction
    directions: list[Direction]
    posting: bool
    words: str


class RulesView(View):
    """`presets`: what the provider can be used for; empty where that is no question. `look_only`: nothing is ever
    written there. `version`: of the settings in force."""

    version: int
    presets: list[OptionView]
    start: list[OptionView]
    start_date: str | None
    look_only: bool
    choices: list[ChoiceView]
    details: dict[str, list[str]]
    flows: list[RuleView]


Values = Annotated[list[Annotated[str, Field(max_length=255)]], Field(max_length=100)]


class RuleWish(Asked):
    on: bool | None = None
    direction: Direction | None = None


class RulesWish(Asked):
    """What is left out stays as it is. `choices`: by name, one of its options; `details`: by name, all its values."""

    presets: list[str] | None = Field(default=None, max_length=10)
    start_mode: StartMode | None = None
    start_date: str | None = Field(default=None, max_length=10, description="With `from_date`, like 2026-01-01.")
    look_only: bool | None = Field(default=None, description="True: what only comes in stays on, the rest goes off.")
    choices: dict[str, str] | None = Field(default=None, max_length=20)
    details: dict[str, Values] | None = Field(default=None, max_length=20)
    flows: dict[str, RuleWish] | None = Field(default=None, max_length=100, description="By the name of the flow.")


@rules.get(PATH, EVERYBODY, "Read the rules")
def get_rules(tenant: TenantId, connection: ConnectionId) -> RulesView:
    """In people's words, with what there is to choose from; `GET …/flows` has every field."""
    return _view(connection_of(tenant, connection))


@rules.get(f"{PATH}/details", EVERYBODY, "List the details of the rules, with what to choose from")
def list_details(tenant: TenantId, connection: ConnectionId) -> Page[DetailView]:
    """Stages and the like, as the account has them now."""
    found = connection_of(tenant, connection)
    there = functools.cache(functools.partial(_there, found))
    return Page[DetailView](items=[_detail(found, each, there(each)) for each in details.of(found.provider)])


@rules.post(PATH, ADMINS, "Change the rules")
def change_rules(
    tenant: TenantId, connection: ConnectionId, asked: Annotated[RulesWish, Body()], caller: Asking
) -> RulesView:
    """Published at once as the next version of the settings, if they fit the account."""
    found = connection_of(tenant, connection)
    try:
        wanted = _wanted(found, asked)
    except Unfit as error:
        raise Problem(422, error.said, remedy=error.remedy, field=f"settings.{error.path}") from error
    if wanted != dict(found.settings):
        versions.publish(found, wanted, caller, "Rules")
        _carry_over(found, asked)
    return _view(connection_of(tenant, connection))


def _carry_over(connection: Connection, asked: RulesWish) -> None:
    """A draft that somebody works on gets the same change: published later, it would take it back."""
    kept = Versions(connection.tenant, connection.id)
    draft = kept.draft()
    if draft is None:
        return
    with suppress(Unfit, Stale):  # it does not fit any more, which they learn when they publish it
        then = _wanted(replace(connection, settings=draft.settings), asked)
        kept.save_draft(then, draft.actor, draft.note, draft.revision)


def _wanted(connection: Connection, asked: RulesWish) -> dict[str, Any]:
    """Raises Unfit."""
    settled = product.settled(connection, _wishes(asked))
    return details.with_details(connection.provider, settled, asked.details or {})


def _wishes(asked: RulesWish) -> Wishes:
    said: dict[str, Any] = {name: getattr(asked, name) for name in ("presets", "look_only", "start_date", "choices")}
    flows = {name: (wish.on, wish.direction) for name, wish in (asked.flows or {}).items()}
    return Wishes(**said, flows=flows, start_mode=asked.start_mode.value if asked.start_mode else None)


def _view(connection: Connection) -> RulesView:
    settings = connection.settings
    presets, mode = settings.get("presets", ()), settings.get("start_mode", StartMode.INITIAL.value)
    return RulesView(
        version=connection.version,
        presets=[_option(each, each.name in presets) for each in PRESETS.get(connection.provider, ())],
        start=[_option(each, each.name == mode) for each in MODES],
        start_date=settings.get("start_date"),
        look_only=product.is_look_only(connection),
        choices=[_choice(each, settings.get(each.name, each.usual)) for each in CHOICES.get(connection.provider, ())],
        details={each.name: each.chosen(settings) for each in details.of(connection.provider)},
        flows=[_rule(rule) for rule in product.rules_of(connection)],
    )


def _there(connection: Connection, detail: Detail) -> tuple[str, ...]:
    """The account's values of a field; none where it cannot be asked now."""
    if not detail.object or connection.account is None or connection.status is Status.CLOSED:
        return ()
    module = provider.load(connection.provider)
    try:
        found = module.slots(context.app_of(connection), context.grants(connection), connection, detail.object)
    except SyncError as error:
        logger.warning("no details", **facts(error))
        return ()
    return next((slot.values for slot in found if slot.path == detail.path), ())


def _detail(connection: Connection, detail: Detail, there: tuple[str, ...]) -> DetailView:
    chosen, found = detail.chosen(connection.settings), details.options(detail, there, connection.settings)
    said = {name: getattr(detail, name) for name in ("name", "title", "summary", "preset", "one")}
    options = [_option(each, each.name in chosen) for each in found]
    return DetailView(**said, known=bool(there or detail.options), options=options)


def _choice(choice: Choice, chosen: str) -> ChoiceView:
    options = [_option(each, each.name == chosen) for each in choice.options]
    return ChoiceView(name=choice.name, title=choice.title, options=options)


def _option(option: Option, chosen: bool) -> OptionView:
    return OptionView(name=option.name, title=option.title, summary=option.summary, chosen=chosen)


def _rule(rule: Rule) -> RuleView:
    flow = rule.chosen or rule.offered
    return RuleView(
        flow=flow.name,
        kind=flow.kind,
        object=flow.object,
        terms=TermsView(ours=product.name_of(flow), theirs=label(flow.object)),
        group=product.group_of(rule.offered),
        on=rule.chosen is not None,
        direction=flow.direction,
        directions=list(rule.directions),
        posting=flow.posting,
        words=in_words(flow),
    )
