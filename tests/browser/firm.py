"""A firm to look at: both providers connected and loaded, people of every role, and work in every state."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from sandbox.demo.api import Api
from sandbox.demo.connect import connect, follow
from sandbox.demo.stage import TENANT, Stage
from tests.browser import pages

MEMBER = "consultant@nimbus-oak.example"
MANAGER = "lead@nimbus-oak.example"
"""A member like others, who manages a project as soon as somebody says so."""

VIEWER = "partner@nimbus-oak.example"


@dataclass
class Firm:
    """`salesforce` and `quickbooks`: ids of the connections."""

    stage: Stage
    salesforce: str
    quickbooks: str

    @property
    def api(self) -> Api:
        """As an administrator."""
        return self.stage.admin

    def first(self, kinds: str, **query: str) -> str:
        """Id of some record."""
        return str(self.api.get(kinds, limit=1, **query)["items"][0]["id"])


@contextmanager
def firm(folder: Path, say: Callable[[str], None] = lambda _: None) -> Iterator[Firm]:
    with Stage(folder, say) as stage:
        for email in (MEMBER, MANAGER):
            stage.person(email, "member", TENANT)
        stage.person(VIEWER, "viewer", TENANT)
        salesforce, _ = connect(stage, "salesforce", {"presets": ["projects"], "stages": ["Closed Won"]})
        follow(stage, salesforce, lambda *_: None)
        quickbooks, _ = connect(stage, "quickbooks_online", {}, realm=stage.realm)
        follow(stage, quickbooks, lambda *_: None)
        stage.send_outbound_messages(stage.admin.get(f"connections/{salesforce}")["webhook_url"])
        stage.send_webhooks()
        yield Firm(stage, salesforce, quickbooks)


def prepared(found: Firm) -> dict[str, Callable[[Firm], str]]:
    """The pages of every area by the name of their picture, once most of what they show is there."""
    areas = [import_module(f"{pages.__name__}.{each.name}") for each in iter_modules(pages.__path__)]
    for area in areas:
        getattr(area, "prepare", lambda _: None)(found)
    return {name: path for area in areas for name, path in area.PAGES.items()}
