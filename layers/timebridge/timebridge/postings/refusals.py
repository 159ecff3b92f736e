"""Why a record cannot be posted, and what to do about it: looked at before anything is sent."""

from collections.abc import Callable

from timebridge.errors import Locked, Rejected
from timebridge.postings.settings import Posting
from timebridge.records import Values

type Reason = Callable[[Values], Rejected | None]


def first_of(*reasons: Reason) -> Reason:
    def refusal(values: Values) -> Rejected | None:
        return next((error for reason in reasons if (error := reason(values)) is not None), None)

    return refusal


def imported(values: Values) -> Rejected | None:
    if values.get("from_books") is None:
        return None
    return Rejected("It came from the books: it is there already.", remedy="Nothing is to be done.", field="from_books")


def leaving(values: Values) -> Rejected | None:
    """It is in the books as something else, which is to go first: never are there two documents at once."""
    what = values.get("leaving")
    if what is None:
        return None
    remedy = "Nothing is to be done: that one is taken out first."
    return Rejected(f"It is still in the books as a {what}.", remedy=remedy, field="post_as")


def not_ready(posting: Posting) -> Reason:
    """Not approved, or not even submitted."""

    def reason(values: Values) -> Rejected | None:
        status = values.get("status")
        if status in posting.ready:
            return None
        wanted = " or ".join(posting.ready)
        said = "It is not approved." if posting.approved_only else f"It is {status}, not {wanted}."
        return Rejected(said, remedy=f"Only what is {wanted} is posted.", field="status")

    return reason


def too_early(posting: Posting, name: str) -> Reason:
    def reason(values: Values) -> Rejected | None:
        if posting.start_date is None or str(values.get(name)) >= posting.start_date:
            return None
        return Rejected(
            f"It is from before {posting.start_date}, when posting starts.",
            remedy="Change its date, or the start date in the settings of posting.",
            field=name,
        )

    return reason


def in_closed_period(name: str, asked: bool) -> Reason:
    """`asked`: a person may decide to post it on the first open day."""

    def reason(values: Values) -> Rejected | None:
        closed = values.get("closed_through")
        if closed is None:
            return None
        remedy = "Post it" if asked else "Choose in the settings to post"
        return Locked(
            f"The books are closed through {closed}.",
            remedy=f"{remedy} on the first open day, or reopen the period in QuickBooks.",
            field=name,
        )

    return reason
