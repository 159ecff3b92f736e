from collections.abc import Callable

from tests.browser.firm import Firm

PAGES: dict[str, Callable[[Firm], str]] = {
    "reports": lambda _: "reports",
    "reports-savings": lambda _: "reports/savings",
    "reports-usage": lambda _: "reports/usage",
    "help-errors": lambda _: "help/errors?q=customer",
    "team": lambda firm: f"records/projects/{firm.first('projects')}/team",
    "import": lambda firm: f"connections/{firm.quickbooks}/import",
}
