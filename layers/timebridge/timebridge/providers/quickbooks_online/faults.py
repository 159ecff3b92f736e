"""What QuickBooks' refusals mean: a table from fault code to cause, sentence and remedy.

The codes are Intuit's; do not sort them by their digits (5010 is a lost race, 5020 a missing right, 6190 a closed
account). `told` says that the detail QuickBooks sends is written for people and belongs into the sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from timebridge.errors import (
    Disconnected,
    Locked,
    Misconfigured,
    RateLimited,
    Rejected,
    Stale,
    SyncError,
    Transient,
    Undecided,
)

DELETED = "610"
NAME_TAKEN = "6240"
NUMBER_TAKEN = "6140"
NO_RIGHT = "5020"
STILL_BUSY = "600"

BY_ITSELF = "Nothing to do: it is tried again."
RECONNECT = "Reconnect QuickBooks as an administrator of the company."
REPORT = "Report this to support; the record is tried again by itself."
BUSY = 60.0
LATER = 900.0


@dataclass(frozen=True, slots=True)
class Meaning:
    cause: type[SyncError]
    sentence: str
    remedy: str = ""
    told: bool = False
    wait: float = BUSY
    links_end: bool = False


def _each(codes: str, meaning: Meaning) -> dict[str, Meaning]:
    return dict.fromkeys(codes.split(), meaning)


_ENDED = Meaning(Disconnected, "QuickBooks no longer accepts this connection.", RECONNECT)
_FORBIDDEN = Meaning(Disconnected, "QuickBooks does not let this connection into the company.", RECONNECT)
_DOWN = Meaning(RateLimited, "QuickBooks is not reachable for this company at the moment.", BY_ITSELF, wait=LATER)
_TROUBLE = Meaning(Transient, "QuickBooks had a problem of its own.", BY_ITSELF)
_BUG = Meaning(Rejected, "QuickBooks does not understand how this record was sent.", REPORT)
_TAX = Meaning(Rejected, "The tax code does not fit this record.", "Choose another tax code in the mapping.", told=True)
_TIME = Meaning(Rejected, "QuickBooks does not accept the duration.", "Check the hours of the entry.", told=True)
_CLOSED = Meaning(
    Locked,
    "The accounting period is closed in QuickBooks.",
    "Use a later date, or let the bookkeeper reopen the period.",
)
_DATA = Meaning(Rejected, "A value does not have the form that QuickBooks expects.", "Correct the value.", told=True)
_BOUND = Meaning(Locked, "QuickBooks refuses to change this record.", "Settle the matter in QuickBooks.", told=True)

FAULTS: Mapping[str, Meaning] = {
    **_each("100 110 3200 3202", _ENDED),
    **_each("120 3100 3201", _FORBIDDEN),
    "3001": Meaning(RateLimited, "QuickBooks is asked too often at the moment.", BY_ITSELF),
    **_each("130 140 150", _DOWN),
    **_each("1000 1010 1020 4002 6002 10000", _TROUBLE),
    STILL_BUSY: Meaning(Transient, "QuickBooks is still busy with an earlier attempt.", BY_ITSELF),
    **_each("400 500 1040 2000 2010 2020 2030 2130 2600", _BUG),
    **_each("4000 4001", Meaning(Misconfigured, "QuickBooks does not understand a query of ours.", "Tell support.")),
    "10100": Meaning(Misconfigured, "QuickBooks found more than it can answer.", "Tell support."),
    "10200": Meaning(
        Disconnected,
        "The QuickBooks company was reset: none of the linked records exists any more.",
        "Choose Switch account, and the same company again: it is loaded afresh, with the same settings.",
        links_end=True,
    ),
    "6190": Meaning(
        Disconnected,
        "The QuickBooks subscription of this company has ended or is on hold.",
        "Renew the subscription in QuickBooks, then resume the connection.",
    ),
    DELETED: Meaning(
        Rejected,
        "A record that this one refers to was deleted or made inactive in QuickBooks.",
        "Make it active again in QuickBooks, or choose another one.",
    ),
    "620": Meaning(Locked, "The record was already billed in QuickBooks.", "Change it in QuickBooks.", told=True),
    "630": Meaning(Rejected, "QuickBooks holds this record already.", "Link the two records.", told=True),
    "700": Meaning(Rejected, "The parent of this record is not valid in QuickBooks.", "Link its parent first."),
    "900": Meaning(Rejected, "The parent of this record cannot have children.", "Choose another parent."),
    "800": Meaning(Locked, "Other records in QuickBooks depend on this one.", "Remove them in QuickBooks first."),
    "2040": Meaning(
        Rejected,
        "A text holds characters that QuickBooks refuses (in names: colon, tab, line break).",
        "Take these characters out.",
    ),
    "2050": Meaning(Rejected, "A text is too long for QuickBooks.", "Shorten it.", told=True),
    **_each("2060 2070 2080 2090 2100 2110 2170 2250 2260 2270 2280 2290 2300", _DATA),
    "2210": Meaning(Rejected, "QuickBooks does not take this for an e-mail address.", "Correct the e-mail address."),
    "2500": Meaning(
        Rejected, "The record refers to something QuickBooks does not know.", "Synchronise the lists, then retry."
    ),
    "3000": Meaning(Rejected, "A custom field does not exist in QuickBooks.", "Choose the custom fields again."),
    "5010": Meaning(Stale, "Somebody changed the record in QuickBooks in the meantime.", BY_ITSELF),
    NO_RIGHT: Meaning(
        Rejected,
        "The user who connected QuickBooks may not do this.",
        "Give the user the right in QuickBooks, or reconnect as an administrator.",
    ),
    "5030": Meaning(
        Rejected,
        "The company's QuickBooks plan lacks this feature.",
        "Switch it off here, or change the plan.",
        told=True,
    ),
    "6000": Meaning(Rejected, "QuickBooks refuses the record.", "Correct it and try again.", told=True),
    **_each("6010 6430", Meaning(Rejected, "The account is not of a type that fits.", "Choose another account.")),
    "6070": Meaning(Rejected, "Amount, rate and quantity do not fit together.", "Correct the line.", told=True),
    "6080": Meaning(Rejected, "The record has no name.", "Give it a name."),
    **_each("6100 6160 6170 6230 6470", _TAX),
    "6130": Meaning(Rejected, "QuickBooks does not let this job change who is billed.", "Leave it as it is."),
    NUMBER_TAKEN: Meaning(Rejected, "The document number is taken in QuickBooks.", "Choose another number.", told=True),
    **_each("6150 6180", Meaning(Rejected, "The record has no valid place below its customer.", "Move it.", told=True)),
    **_each("6200 6210", _CLOSED),
    "6220": Meaning(Locked, "It still has an open balance in QuickBooks.", "Settle the balance first."),
    NAME_TAKEN: Meaning(
        Undecided,
        "The name is used by another customer, vendor or employee in QuickBooks.",
        "Rename one of the two, or link this record to the existing one.",
    ),
    "6250": Meaning(Rejected, "The customer is missing or inactive in QuickBooks.", "Make the customer active again."),
    "6280": Meaning(Locked, "The customer has unbilled charges in QuickBooks.", "Bill or remove them first."),
    **_each("6290 6300", Meaning(Rejected, "The person must be one employee or one vendor.", "Link the person.")),
    "6310": Meaning(Rejected, "Billable time needs a customer.", "Give the entry a project that is linked."),
    "6320": Meaning(Locked, "Whether it is billed can only be changed in QuickBooks.", "Change it in QuickBooks."),
    "6330": Meaning(
        Rejected, "Billable time needs an hourly rate.", "Give the entry a rate, then reopen and approve it again."
    ),
    **_each("6340 6350 6360 6370 6380 6390", _TIME),
    **_each("6400 6450 6480 6540", _BOUND),
    "6420": Meaning(Rejected, "An e-mail address is missing.", "Give the customer an e-mail address."),
    "6440": Meaning(Rejected, "A line lacks its item or account.", "Choose an item or account for each line."),
    "6530": Meaning(Rejected, "QuickBooks refuses card numbers.", "Take the card number out."),
}

ELEMENTS: Mapping[str, str] = {
    NAME_TAKEN: "DisplayName",
    "6080": "DisplayName",
    "2210": "PrimaryEmailAddr",
    "6310": "CustomerRef",
    "6320": "BillableStatus",
    "6330": "HourlyRate",
    **dict.fromkeys(["6290", "6300"], "EmployeeRef"),
    **dict.fromkeys(["6340", "6350", "6360", "6370", "6380", "6390"], "Hours"),
    **dict.fromkeys(["6200", "6210"], "TxnDate"),
}
"""The property at fault, where QuickBooks leaves it out."""

UNKNOWN: Mapping[str, Meaning] = {
    "AUTHENTICATION": _ENDED,
    "AUTHORIZATION": _FORBIDDEN,
    "VALIDATION": Meaning(Rejected, "QuickBooks refuses the record.", "Correct it and try again.", told=True),
}
"""For codes that are not in the table, by the type of the fault; everything else is trouble of QuickBooks' own."""

STATUSES: Mapping[int, Meaning] = {
    401: _ENDED,
    403: _FORBIDDEN,
    408: _TROUBLE,
    413: Meaning(Misconfigured, "A request of ours is too large for QuickBooks.", "Tell support."),
    429: FAULTS["3001"],
}
"""For answers that hold no fault at all; from 500 on it is trouble of QuickBooks' own."""

ODD_ANSWER = Meaning(Misconfigured, "QuickBooks answers in a way we do not understand.", "Tell support.")


@dataclass(frozen=True, slots=True)
class Fault:
    """One refusal as QuickBooks words it. `kind`: ValidationFault, SystemFault, AUTHENTICATION, SERVICE and so on."""

    code: str
    message: str = ""
    detail: str = ""
    kind: str = ""
    element: str = ""

    @property
    def at(self) -> str:
        """The property at fault, empty if nobody says."""
        return self.element or ELEMENTS.get(self.code, "")

    @property
    def meaning(self) -> Meaning:
        kind = self.kind.upper().removesuffix("FAULT")
        return FAULTS.get(self.code) or UNKNOWN.get(kind, _TROUBLE)


def read_fault(found: Mapping[str, object]) -> Fault:
    """The first error of a JSON fault, in the spelling of the API or in the lower case of Intuit's gateway."""
    lower = {key.lower(): value for key, value in found.items()}
    errors = lower.get("error")
    first = errors[0] if isinstance(errors, list) and errors else {}
    error = {str(key).lower(): str(value or "") for key, value in first.items()} if isinstance(first, Mapping) else {}
    code, message, detail, element = (error.get(name, "") for name in ("code", "message", "detail", "element"))
    return Fault(code, message, detail, str(lower.get("type") or ""), element)


def error_of(fault: Fault, *, field: str | None = None, trace: str = "") -> SyncError:
    """The error of a refusal. `trace`: Intuit's id of the call, which its support asks for."""
    meaning = fault.meaning
    said = f" QuickBooks says: {_sentence(fault.detail or fault.message)}" if meaning.told else ""
    quotable = not issubclass(meaning.cause, Disconnected | RateLimited)  # a gateway's text may quote the token
    words = _sentence(fault.detail or fault.message) if quotable else ""
    detail = ", ".join(part for part in (f"code {fault.code or '?'}", words, trace) if part)
    return build(meaning, detail=detail, said=said, field=field, trace=trace)


def build(meaning: Meaning, *, detail: str, said: str = "", field: str | None = None, trace: str = "") -> SyncError:
    return traced(_built(meaning, detail, said, field), trace)


def traced[E: SyncError](error: E, trace: str) -> E:
    error.trace = trace
    return error


def _built(meaning: Meaning, detail: str, said: str, field: str | None) -> SyncError:
    if issubclass(meaning.cause, RateLimited):
        return meaning.cause(meaning.sentence, retry_after=meaning.wait, remedy=meaning.remedy, detail=detail)
    if issubclass(meaning.cause, Undecided):
        return meaning.cause(
            meaning.sentence, remedy=meaning.remedy, candidates=(), theirs=True, detail=detail, field=field
        )
    error = meaning.cause(meaning.sentence + said, remedy=meaning.remedy, detail=detail, field=field)
    if isinstance(error, Disconnected):
        error.links_end = meaning.links_end
    return error


def _sentence(text: str, limit: int = 240) -> str:
    words = " ".join(text.split())
    return words if len(words) <= limit else words[: limit - 1] + "…"
