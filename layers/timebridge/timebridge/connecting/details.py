"""Settings that are chosen from what the account has, or from a few kinds: the stages that count, what is imported."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from timebridge.connecting.rules import Option
from timebridge.lines import Unfit, listed
from timebridge.tenants import Provider


@dataclass(frozen=True, slots=True)
class Detail:
    """A setting that holds one or several values. `usual`: where nothing is chosen. `preset`: what it belongs to.

    `options`: all there is to choose from; without them it is a choice of the account's, of the field `path` of
    `object`. `one`: the setting is a text, not a list.
    """

    name: str
    title: str
    summary: str
    usual: tuple[str, ...]
    preset: str = ""
    one: bool = False
    options: tuple[Option, ...] = ()
    object: str = ""
    path: str = ""

    def chosen(self, settings: Mapping[str, Any]) -> list[str]:
        found = settings.get(self.name, list(self.usual))
        return [str(each) for each in found] if isinstance(found, list | tuple) else [str(found)]


DETAILS: Mapping[Provider, tuple[Detail, ...]] = {
    Provider.SALESFORCE: (
        Detail(
            "stages",
            "Stages at which an opportunity becomes a project",
            "It becomes one when it reaches any of them.",
            ("Closed Won",),
            "projects",
            object="Opportunity",
            path="StageName",
        ),
        Detail(
            "first_stage",
            "Stage of an opportunity that is made from here",
            "Salesforce wants one of each. Where the status of the project has a stage of its own, that one counts.",
            ("Prospecting",),
            "push",
            one=True,
            object="Opportunity",
            path="StageName",
        ),
        Detail(
            "types",
            "What is imported as tasks",
            "",
            ("opportunities", "cases"),
            "tasks",
            options=(Option("opportunities", "Opportunities"), Option("cases", "Cases")),
        ),
        Detail(
            "archive_stages",
            "Stages at which the task of an opportunity is archived",
            "Nobody books time on it any more; the time on it stays. All other stages leave it active.",
            ("Closed Won", "Closed Lost"),
            "tasks",
            object="Opportunity",
            path="StageName",
        ),
    ),
    Provider.QUICKBOOKS_ONLINE: (
        Detail(
            "expense_items",
            "Items that become expense codes",
            "",
            ("NonInventory",),
            options=(Option("NonInventory", "Non-inventory items"), Option("Service", "Services")),
        ),
    ),
}


def of(provider: Provider) -> tuple[Detail, ...]:
    return DETAILS.get(provider, ())


def with_details(provider: Provider, settings: Mapping[str, Any], wanted: Mapping[str, list[str]]) -> dict[str, Any]:
    """The settings with these values in them. Raises Unfit for a detail that is none, and for what it cannot be."""
    known, found = {each.name: each for each in of(provider)}, dict(settings)
    for name, values in wanted.items():
        if name not in known:
            raise Unfit(name[:60], "There is no such detail.", f"There are: {', '.join(known) or 'none'}.")
        _check(known[name], values)
        found[name] = values[0] if known[name].one else values
        if sorted(values) == sorted(known[name].usual):
            found.pop(name)
    return found


def _check(detail: Detail, values: list[str]) -> None:
    if not values or not all(values):
        raise Unfit(detail.name, f"{detail.title}: nothing is chosen.", "Choose at least one.")
    if detail.one and len(values) > 1:
        raise Unfit(detail.name, f"{detail.title}: there can be only one.", "Choose one.")
    names = [option.name for option in detail.options]
    unknown = [each for each in values if names and each not in names]
    if unknown:
        raise Unfit(detail.name, f"{detail.title}: there is no “{unknown[0][:60]}”.", f"Choose {listed(names)}.")


def options(detail: Detail, there: Iterable[str], settings: Mapping[str, Any]) -> list[Option]:
    """What to choose from: `there`, the account's values, and what is chosen although the account has it no more."""
    if detail.options:
        return list(detail.options)
    values, chosen = list(there), detail.chosen(settings)
    gone = [Option(each, each, "The account has no such value any more.") for each in chosen if each not in values]
    return [Option(each, each) for each in values] + (gone if values else [Option(each, each) for each in chosen])
