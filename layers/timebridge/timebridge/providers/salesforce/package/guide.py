"""The guide through connecting a Salesforce org, with a tenant's own values: prose in `templates/guide.md`.

`docs/salesforce.md` is the same with the values of EXAMPLE.
"""

import re
import shlex
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from timebridge.providers import guides
from timebridge.providers.guides import plain
from timebridge.providers.salesforce.package import PERMISSION_SET

if TYPE_CHECKING:
    from jinja2 import Template

READER_SET = "timebridge_reader"
SOMEBODY = "THE-USER-FOR-TIMEBRIDGE"
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Values:
    """`contact`: the e-mail address of who asks for the guide. `user`: the Salesforce user who connected, if known."""

    tenant: str
    name: str
    connection: str
    public_url: str
    contact: str
    login_url: str
    user: str | None = None

    @property
    def app_name(self) -> str:
        return f"timebridge {plain(self.name)}"[:LONGEST_NAME].strip()

    @property
    def api_name(self) -> str:
        """Letters, digits and single underscores."""
        return re.sub(r"[^A-Za-z0-9]+", "_", self.app_name).strip("_")


EXAMPLE = Values(
    tenant="acme",
    name="Acme Consulting",
    connection="salesforce-1a2b3c4d",
    public_url="https://timebridge.example",
    contact="ada@acme.example",
    login_url="https://login.salesforce.com",
    user="timesheet@acme.example",
)


def markdown(values: Values) -> str:
    """The whole guide. What others chose stands quoted in commands, and cannot end a cell of a table."""
    return _template().render(
        tenant=values.tenant,
        connection=values.connection,
        public_url=values.public_url,
        api=f"{values.public_url}/v1/tenants/{values.tenant}/connections/{values.connection}",
        name=plain(values.name),
        app_name=values.app_name,
        api_name=values.api_name,
        contact=plain(values.contact),
        user=plain(values.user or SOMEBODY),
        user_word=shlex.quote(plain(values.user or SOMEBODY)),
        login_url=shlex.quote(plain(values.login_url)),
        permission_set=PERMISSION_SET,
        reader_set=READER_SET,
    )


@cache
def _template() -> "Template":
    found = files("timebridge.providers.salesforce.package").joinpath("templates/guide.md")
    return guides.template(found.read_text(encoding="utf-8"))
