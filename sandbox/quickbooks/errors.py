"""Everything QuickBooks refuses, with the words and the HTTP status it uses."""

from dataclasses import dataclass
from typing import Any

VALIDATION, SYSTEM, AUTHORIZATION = "ValidationFault", "SystemFault", "AuthorizationFault"


@dataclass(frozen=True)
class Sentence:
    message: str
    detail: str = "{}"
    status: int = 400
    type: str = VALIDATION


CATALOGUE: dict[str, Sentence] = {
    "400": Sentence("Malformed Request", "{}", type=SYSTEM),
    "500": Sentence("Unsupported Operation", "Operation {} is not supported.", type=SYSTEM),
    "600": Sentence("Duplicate Request ID", "{}"),
    "610": Sentence("Object Not Found", "Object Not Found : {}"),
    "620": Sentence("Transaction cannot be linked", "Transaction cannot be linked : Txn ID {} cannot be linked"),
    "800": Sentence("Cannot delete object", "Cannot delete object : {}"),
    "1040": Sentence("Batch size exceeds limit", "Batch size exceeds limit : The batch size exceeds limit {}"),
    "2000": Sentence("Invalid or unsupported object name", "Object name {} is invalid or unsupported"),
    "2010": Sentence(
        "Request has invalid or unsupported property", "Property Name:{} specified is unsupported or invalid"
    ),
    "2020": Sentence(
        "Required param missing, need to supply the required value for the API",
        "Required parameter {} is missing in the request",
    ),
    "2030": Sentence("Invalid ID", "Id should be a valid number. Supplied value:{}"),
    "2040": Sentence("Invalid String", "Element contains invalid characters: {}"),
    "2050": Sentence("Invalid String. The string is either too short or too long", "Min:{} Max:{} supplied:{}"),
    "2060": Sentence("Invalid Date", "Invalid date: {}"),
    "2080": Sentence("Invalid Number", "Invalid number: {}"),
    "2090": Sentence("Invalid Number : Out of range", "Number is out of range: {}"),
    "2130": Sentence("Invalid request id format", "The request ID exceeds {} characters"),
    "2170": Sentence("Invalid Enumeration", "Invalid Enumeration : {}"),
    "2210": Sentence("Invalid Email Address format", "Email Address '{}' does not conform to the standard format"),
    "2250": Sentence("No split line", "Transaction has no split lines"),
    "2260": Sentence("Posting type missing", "Journal entry line needs a PostingType"),
    "2290": Sentence("Negative amounts are not supported", "Line amount {} is negative"),
    "2300": Sentence(
        "Total amount of debits and credits do not match", "Debits {} and credits {} of the journal entry differ"
    ),
    "2500": Sentence("Invalid Reference Id", "Invalid Reference Id : {} element id {} not found"),
    "3000": Sentence("Invalid Custom Field", "Custom field definition {} does not exist"),
    "4000": Sentence("Error parsing query", "QueryParserError: {}"),
    "4001": Sentence("Invalid query", "QueryValidationError: {}"),
    "5010": Sentence(
        "Stale Object Error",
        "Stale Object Error : You and {} were working on this at the same time. {} finished before you did, "
        "so your work was not saved.",
    ),
    "5030": Sentence("Feature Not Supported", "{}", 403, AUTHORIZATION),
    "6000": Sentence(
        "A business validation error has occurred while processing your request", "Business Validation Error: {}"
    ),
    "6010": Sentence("Account needs AccountType or AccountSubType", "Specify AccountType or AccountSubType"),
    "6070": Sentence(
        "Amount calculation incorrect in the request.",
        "Amount is not equal to UnitPrice * Qty. Supplied value:{}",
    ),
    "6080": Sentence("No Name Provided", "At least one of the name fields must be supplied: {}"),
    "6100": Sentence("Invalid line TaxCode", "Only TAX or NON can be used on a line. Supplied value:{}"),
    "6130": Sentence("Cannot change who the customer bills with", "BillWithParent of customer {} cannot be changed"),
    "6140": Sentence(
        "Duplicate Document Number Error",
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
        "DocNumber={} is assigned to TxnType={} with TxnId={}",
    ),
    "6150": Sentence("Parent reference required", "ParentRef is required for a sub-record"),
    "6170": Sentence("Invalid tax detail", "Tax details cannot be given where tax is not applicable"),
    "6180": Sentence("Nesting too deep", "A record can be nested at most {} levels deep"),
    "6190": Sentence(
        "Invalid Company Status",
        "Subscription period has ended or canceled or there was a billing problem : You can no longer add or change "
        "data because your subscription has ended.",
        403,
        AUTHORIZATION,
    ),
    "6200": Sentence(
        "Account Period Closed, Cannot Update Through Services API",
        "The account period has closed and the account books cannot be updated by through the QBO Services API. "
        "Please check the company closing date: {}",
    ),
    "6220": Sentence(
        "Delete List Has Balance Error",
        "The entity you are trying to delete has an open balance. : This {} cannot be deleted because it has a "
        "non-zero balance",
    ),
    "6240": Sentence("Duplicate Name Exists Error", "The name supplied already exists. : {}"),
    "6250": Sentence("Invalid Sales Customer", "Name {} is not a customer"),
    "6280": Sentence("Customer has unbilled charges", "Customer {} has unbilled charges and cannot be made inactive"),
    "6290": Sentence(
        "EmployeeRef and VendorRef both supplied", "Only one of EmployeeRef and VendorRef may be supplied"
    ),
    "6300": Sentence("Invalid name on time activity", "{}"),
    "6310": Sentence("CustomerRef required", "CustomerRef is required when BillableStatus is Billable"),
    "6320": Sentence("Invalid billable status", "BillableStatus {} cannot be set"),
    "6330": Sentence("HourlyRate required", "HourlyRate is required when BillableStatus is Billable"),
    "6340": Sentence("Invalid time", "The time is invalid: {}"),
    "6350": Sentence("Time required", "Specify Hours and Minutes, or StartTime and EndTime"),
    "6360": Sentence("Break too long", "The break is longer than the time elapsed"),
    "6370": Sentence("Invalid time range", "StartTime is after EndTime"),
    "6380": Sentence("Time out of range", "Time is out of range: at most 8760 hours and 0 minutes"),
    "6390": Sentence("Time given twice", "Specify either Hours and Minutes or StartTime and EndTime, not both"),
    "6400": Sentence("Linked invoice would become invalid", "Removing this transaction would invalidate invoice {}"),
    "6420": Sentence("Email address required", "BillEmail is required when EmailStatus is NeedToSend"),
    "6430": Sentence("Invalid account type used", "Account {} is not of a type this transaction can use: {}"),
    "6440": Sentence("Line needs an item or an account", "Every line with an amount needs an item or an account"),
    "6450": Sentence("Void failed", "Transaction {} cannot be voided: it has been settled"),
    "6480": Sentence(
        "Transaction is matched to the bank feed",
        "Transaction {} is matched to a downloaded bank transaction and cannot be deleted",
    ),
    "6540": Sentence(
        "Deposited Transaction cannot be changed",
        "Deposited Transaction cannot be changed : Remove transaction {} from deposit {} first",
    ),
    "10000": Sentence(
        "An application error has occurred while processing your request", "System Failure Error: {}", 500, SYSTEM
    ),
    "10200": Sentence("The company was reset", "The company has been reset; all ids are invalid"),
}

INACTIVE = (
    "Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, "
    "vendors or employees."
)
DELETED = "Another user has deleted this transaction."


class Fault(Exception):
    """A refusal in the form of the API: a code of the catalogue, its detail filled in, and the element at fault."""

    def __init__(self, code: str, *facts: object, element: str = "") -> None:
        sentence = CATALOGUE[code]
        self.code, self.element = code, element
        self.status, self.type, self.message = sentence.status, sentence.type, sentence.message
        self.detail = sentence.detail.format(*facts)
        super().__init__(f"{code} {self.message}: {self.detail}")

    def to_json(self) -> dict[str, Any]:
        error = {"Message": self.message, "Detail": self.detail, "code": self.code, "element": self.element}
        return {"Error": [error], "type": self.type}


def name_taken(kind: str) -> Fault:
    """6240, in the words used for this kind of list."""
    who = {
        "names": "Another customer, vendor or employee is already using this name. Please use a different name.",
        "Account": "Another account is already using this name. Please use a different name.",
        "Item": "Another product, service or category is already using this name. Please use a different name.",
    }
    return Fault("6240", who.get(kind, "Another record is already using this name. Please use a different name."))
