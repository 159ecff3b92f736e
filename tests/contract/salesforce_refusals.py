"""What Salesforce refuses, and what conditions mean, as tables. Wordings are those of its API."""
# ruff: noqa: E501

from typing import Any

from sandbox.salesforce.ids import make_id

ACCOUNT = {"attributes": {"type": "Account"}}
DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
GONE = make_id("001", 99)

COLUMN_HINT = "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name."

REFUSED_CREATES = [
    ("Account", {"Nam": "x"}, "INVALID_FIELD", "No such column 'Nam' on sobject of type Account"),
    ("Account", {}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]"),
    ("Account", {"Name": ""}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]"),
    ("Opportunity", {}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name, StageName, CloseDate]"),
    (
        "Account",
        {"Name": "n" * 256},
        "STRING_TOO_LONG",
        f"Account Name: data value too large: {'n' * 255}... (max length=255)",
    ),
    (
        "Account",
        {"Name": 7},
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of string from VALUE_NUMBER_INT value 7",
    ),
    (
        "Account",
        {"Name": "x", "SystemModstamp": "2026-01-01T00:00:00Z"},
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "Unable to create/update fields: SystemModstamp. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
    ),
    (
        "Account",
        {"Name": "x", "ParentId": "nonsense"},
        "MALFORMED_ID",
        "Parent ID: id value of incorrect type: nonsense",
    ),
    ("Account", {"Name": "x", "ParentId": make_id("003", 1)}, "MALFORMED_ID", "Parent ID: id value of incorrect type"),
    (
        "Account",
        {"Name": "x", "ParentId": make_id("001", 9)},
        "INVALID_CROSS_REFERENCE_KEY",
        "invalid cross reference id",
    ),
    (
        "Account",
        {"Name": "x", "OwnerId": make_id("005", 6)},
        "INACTIVE_OWNER_OR_USER",
        "operation performed with inactive user",
    ),
    (
        "Opportunity",
        DEAL | {"Amount": 1e17},
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Amount: value outside of valid range on numeric field",
    ),
    (
        "Opportunity",
        DEAL | {"Amount": "much"},
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of double from VALUE_STRING",
    ),
    (
        "Opportunity",
        DEAL | {"CloseDate": "31.12.2026"},
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of date from VALUE_STRING",
    ),
    (
        "Opportunity",
        DEAL | {"TB_Summary_At__c": "2026-01-01"},
        "JSON_PARSER_ERROR",
        "Cannot deserialize instance of datetime",
    ),
    (
        "Opportunity",
        DEAL | {"ForecastCategoryName": "Maybe"},
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "bad value for restricted picklist field: Maybe",
    ),
    (
        "Opportunity",
        DEAL | {"IsWon": True},
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "Unable to create/update fields: IsWon.",
    ),
    ("Contact", {"LastName": "x", "Email": "nobody"}, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: nobody"),
    (
        "Opportunity",
        DEAL | {"Account": {"TB_External_Id__c": "none"}},
        "INVALID_FIELD",
        "Foreign key external ID: none not found for field TB_External_Id__c in entity Account",
    ),
    ("User", {"LastName": "x"}, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "entity type cannot be inserted"),
]

REFUSED_QUERIES = [
    ("SELECT Id,Name,BillingCity,IsDeleted FROM Accout", "INVALID_TYPE", "\nName,BillingCity,IsDeleted FROM Accout\n                                ^\nERROR at Row:1:Column:43\nsObject type 'Accout' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."),
    ("SELECT foo__c FROM Case", "INVALID_FIELD", f"\nSELECT foo__c FROM Case\n       ^\nERROR at Row:1:Column:8\nNo such column 'foo__c' on entity 'Case'. {COLUMN_HINT}"),
    ("SELECT Id FROM Account WHERE Foo = 1", "INVALID_FIELD", "No such column 'Foo' on entity 'Account'."),
    ("SELECT Nobody.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Nobody' in field path."),
    ("SELECT Id, (SELECT Id FROM Deals) FROM Account", "INVALID_TYPE", "Didn't understand relationship 'Deals' in FROM part"),
    ("SELECT Id FROM Account WHERE COUNT(Id) > 1", "MALFORMED_QUERY", "Aggregate functions are only allowed"),
    ("SELECT Id FROM Account WHERE Type INCLUDES ('x')", "MALFORMED_QUERY", "unexpected token: 'INCLUDES'"),
    ("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Case LIMIT 1)", "MALFORMED_QUERY", "A semi join cannot"),
    ("SELECT COUNT(), Name FROM Account", "MALFORMED_QUERY", "COUNT() must be the only element in the SELECT list"),
    ("SELECT Name n FROM Account", "MALFORMED_QUERY", "only aggregate expressions use field aliasing"),
    ("SELECT Type, COUNT(Id) FROM Account GROUP BY Type ORDER BY Name", "MALFORMED_QUERY", "Ordered field must be grouped"),
    ("SELECT Id FORM Account", "MALFORMED_QUERY", "unexpected token: 'Account'"),
    ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
    ("SELECT * FROM Account", "MALFORMED_QUERY", "unexpected char: '*'"),
    ("SELECT Id FROM Account WHERE Name = \"x\"", "MALFORMED_QUERY", "unexpected char: '\"'"),
    ("SELECT Id FROM Account WHERE Name='a' AND Name='b' OR Name='c'", "MALFORMED_QUERY", "unexpected token: 'OR'"),
    ("SELECT Id FROM Account WHERE SystemModstamp > '2026-01-01T00:00:00Z'", "INVALID_FIELD", "value of filter criterion for field 'SystemModstamp' must be of type dateTime and should not be enclosed in quotes"),
    ("SELECT Id FROM Account WHERE SystemModstamp > 2026-01-01", "INVALID_FIELD", "must be of type dateTime"),
    ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD", "must be of type string and should be enclosed in quotes"),
    ("SELECT Id FROM Account WHERE Id = 'abc'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: abc"),
    ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD", "field 'Description' can not be filtered in a query call"),
    ("SELECT Id FROM Account ORDER BY Description", "MALFORMED_QUERY", "field 'Description' can not be sorted in a query call"),
    ("SELECT Id FROM Account LIMIT 1 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
    ("SELECT COUNT(Id) FROM Account LIMIT 5", "MALFORMED_QUERY", "cannot also use LIMIT"),
    ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"),
    ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY", "must have a LIMIT of at most 200"),
    ("SELECT Id, Id FROM Account", "INVALID_FIELD", "duplicate field selected: Id"),
    ("SELECT Id FROM Account USING SCOPE mine", "MALFORMED_QUERY", "unexpected"),
]  # fmt: skip

REFUSED_CALLS: list[tuple[str, str, Any, int, str, str]] = [
    ("GET", f"/sobjects/Account/{GONE}", None, 404, "NOT_FOUND", "The requested resource does not exist"),
    ("PATCH", f"/sobjects/Account/{GONE}", {"Name": "x"}, 404, "NOT_FOUND", "The requested resource does not exist"),
    ("DELETE", "/sobjects/Account/001RM000003oLrB000", None, 400, "MALFORMED_ID", "malformed id 001RM000003oLrB000"),
    ("GET", "/sobjects/Nothing/describe", None, 404, "NOT_FOUND", "The requested resource does not exist"),
    ("GET", "/nowhere", None, 404, "NOT_FOUND", "The requested resource does not exist"),
    ("PUT", f"/sobjects/Account/{GONE}", {}, 405, "METHOD_NOT_ALLOWED", "HTTP Method 'PUT' not allowed."),
    ("PATCH", "/sobjects/Account/Namez/1", {}, 404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: Namez"),
    ("PATCH", "/sobjects/Account/TB_External_Id__c/1", {"TB_External_Id__c": "1"}, 400, "INVALID_FIELD_FOR_INSERT_UPDATE", "The TB_External_Id__c field should not be specified"),
    ("PATCH", "/sobjects/Account/TB_External_Id__c/1?updateOnly=true", {"Name": "x"}, 404, "NOT_FOUND", "The requested resource"),
    ("PATCH", f"/sobjects/Account/{GONE}", {"Id": GONE}, 400, "INVALID_FIELD", "The Id field should not be specified in the sobject data."),
    ("GET", "/query/01gSBX000000001YAA-2000", None, 400, "INVALID_QUERY_LOCATOR", "invalid query locator"),
    ("POST", "/composite", {"compositeRequest": [1]}, 400, "JSON_PARSER_ERROR", "Cannot deserialize compositeRequest"),
    ("POST", "/composite/batch", {"batchRequests": [{}]}, 400, "JSON_PARSER_ERROR", "Cannot deserialize url"),
    ("POST", "/composite/sobjects", {"records": ["x"]}, 400, "JSON_PARSER_ERROR", "Cannot deserialize records"),
    ("POST", "/jobs/query", {"operation": "query", "query": 1}, 400, "JSON_PARSER_ERROR", "Cannot deserialize query"),
    ("POST", "/composite/sobjects", {"records": []}, 400, "REQUIRED_FIELD_MISSING", "At least 1 record is required"),
    ("POST", "/composite/sobjects", {"records": [ACCOUNT] * 201}, 400, "EXCEEDED_ID_LIMIT", "record limit reached."),
    ("POST", "/composite", {"compositeRequest": [{"method": "GET", "url": "/x", "referenceId": f"r{n}"} for n in range(26)]}, 400, "LIMIT_EXCEEDED", "A composite request needs"),
    ("GET", "/services/data/v30.0/limits", None, 410, "UNSUPPORTED_API_VERSION", "API version 30.0 is retired."),
    ("GET", "/services/data/v99.0/limits", None, 404, "NOT_FOUND", "The requested resource does not exist"),
    ("GET", "/sobjects/Account/updated?start=2020-01-01T00:00:00Z&end=2020-01-02T00:00:00Z", None, 400, "INVALID_REPLICATION_DATE", "startDate before"),
    ("GET", f"/query?q=SELECT+Id+FROM+Account+WHERE+Name='{'x' * 17000}'", None, 414, "URI_TOO_LONG", "The URI is longer"),
    ("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account OFFSET 5"}, 400, "API_ERROR", "OFFSET clause not supported in Bulk Query"),
    ("POST", "/jobs/query", {"operation": "query", "query": "SELECT BillingAddress FROM Account"}, 400, "API_ERROR", "Selecting compound data not supported in Bulk Query"),
    ("POST", "/jobs/query", {"operation": "query", "query": "SELECT COUNT() FROM Account"}, 400, "API_ERROR", "Aggregate"),
]  # fmt: skip

WHERES = [
    ("WHERE Name = 'ALPHA'", ["alpha"]),
    ("WHERE Name != 'alpha'", ["Beta", "O'Brien", "gamma_1"]),
    ("WHERE Industry != 'Energy'", ["alpha", "O'Brien", "gamma_1"]),
    ("WHERE Industry = null", ["alpha", "O'Brien"]),
    ("WHERE NOT Industry = 'Energy'", ["alpha", "O'Brien", "gamma_1"]),
    ("WHERE Name LIKE '%A'", ["alpha", "Beta"]),
    ("WHERE Name LIKE 'gamma\\_%'", ["gamma_1"]),
    ("WHERE Name = 'O\\'Brien'", ["O'Brien"]),
    ("WHERE Industry IN ('Energy', 'Retail')", ["Beta", "gamma_1"]),
    ("WHERE Industry NOT IN ('Energy')", ["alpha", "O'Brien", "gamma_1"]),
    ("WHERE NumberOfEmployees > 1 AND (Name = 'alpha' OR Name = 'Beta')", ["Beta"]),
    ("WHERE CreatedDate = TODAY AND CreatedDate >= LAST_N_DAYS:1 ORDER BY NumberOfEmployees DESC NULLS LAST LIMIT 2", ["gamma_1", "Beta"]),
    ("WHERE Id IN (SELECT AccountId FROM Opportunity WHERE Amount > 5)", ["Beta"]),
    ("WHERE Owner.Name = 'Timesheet Integration' AND Owner.IsActive = true LIMIT 1 OFFSET 1", ["Beta"]),
]  # fmt: skip

TOKEN_ERRORS = [
    ({"code": "nonsense"}, "invalid_grant", "invalid authorization code"),
    ({"code_verifier": "w" * 64}, "invalid_grant", "invalid code verifier"),
    ({"client_secret": "wrong"}, "invalid_client", "invalid client credentials"),
    ({"client_id": "wrong"}, "invalid_client_id", "client identifier invalid"),
    ({"redirect_uri": "http://localhost/other"}, "redirect_uri_mismatch", "redirect_uri must match configuration"),
    ({"grant_type": "magic"}, "unsupported_grant_type", "grant type not supported"),
]
