"""The pages that are made of the product itself: `python -m tests.infra.pages` writes them to docs/."""

from tests.infra.sam_template import PROJECT
from timebridge.insight import errata
from timebridge.mapping import charts
from timebridge.providers import provider
from timebridge.providers.quickbooks_online import guide

FIELDS = """# QuickBooks Online, field by field

What goes between the workspace and a company, made of the flows themselves. `GET …/chart` is the same for one
connection, as its settings choose; [the guide](quickbooks.md) says how to choose. A posting goes out when it is posted
to this connection: by a person, or by the setting `posting`.
"""


def fields() -> str:
    flows = [flow.at(guide.EXAMPLE.connection) for flow in provider.load("quickbooks_online").flows({})]
    return f"{FIELDS}\n{charts.to_markdown(flows)}"


PAGES = {
    "errors.md": errata.page,
    "quickbooks.md": lambda: guide.markdown(guide.EXAMPLE),
    "quickbooks-fields.md": fields,
}

if __name__ == "__main__":
    for name, made in PAGES.items():
        (PROJECT / "docs" / name).write_text(made())
