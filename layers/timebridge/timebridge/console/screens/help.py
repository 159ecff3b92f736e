"""What an error of a provider means."""

from typing import Any

from timebridge.console.screens import Answer, Screens, Visit

screens = Screens("help")


@screens.get("/<tenant>/help/errors")
def errors(visit: Visit, tenant: str) -> Answer:
    """By code or words, as somebody has them from a message, a mail or a log."""
    wanted, provider = visit.query.get("q"), visit.query.get("provider")
    known = [each for each in visit.api.get("/errors", provider=provider)["items"] if _says(each, wanted)]
    providers = [(each["name"], each["title"]) for each in visit.api.get("providers")["items"]]
    return visit.page("help/errors.html", title="What an error means", known=known, providers=providers)


def _says(each: dict[str, Any], wanted: str) -> bool:
    return wanted.casefold() in f"{each['code']} {each['meaning']} {each['remedy']}".casefold()
