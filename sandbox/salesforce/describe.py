"""Describe results, made from the catalog: exactly what the caller may see."""

from typing import Any

from sandbox.salesforce.call import Call, Reply
from sandbox.salesforce.schema import ADDRESS_PARTS, NUMBER_TYPES, TEXT_TYPES, Catalog, Field, SObject

SOAP = {
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
}
MASTER_TYPE = "012000000000000AAA"


def soap_type(field: Field) -> str:
    if field.type in ("id", "reference"):
        return "tns:ID"
    return SOAP.get(field.type, "xsd:double" if field.type in NUMBER_TYPES else "xsd:string")


def field_describe(field: Field) -> dict[str, Any]:
    text = field.type in TEXT_TYPES
    length = 255 if field.type == "combobox" and not field.length else field.length
    compound = next((f"{p}Address" for p in ("Billing", "Shipping", "Mailing") if is_part(field.name, p)), None)
    return {
        "aggregatable": field.type not in ("boolean", "address") and field.has("F"),
        "aiPredictionField": False,
        "autoNumber": field.has("A"),
        "byteLength": length * 3 if text else length,
        "calculated": False,
        "calculatedFormula": None,
        "cascadeDelete": False,
        "caseSensitive": field.external_id,
        "compoundFieldName": compound,
        "controllerName": None,
        "createable": field.has("C"),
        "custom": field.custom,
        "defaultValue": False if field.type == "boolean" else None,
        "defaultValueFormula": None,
        "defaultedOnCreate": field.has("D"),
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": field.precision if field.type == "int" else 0,
        "displayLocationInDecimal": False,
        "encrypted": False,
        "externalId": field.external_id,
        "extraTypeInfo": "plaintextarea" if field.type == "textarea" else None,
        "filterable": field.has("F"),
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "groupable": field.has("S") and field.type not in ("double", "currency", "percent", "datetime"),
        "highScaleNumber": False,
        "htmlFormatted": False,
        "idLookup": field.is_key,
        "inlineHelpText": None,
        "label": field.label,
        "length": length,
        "mask": None,
        "maskType": None,
        "name": field.name,
        "nameField": field.has("M"),
        "namePointing": len(field.refers_to) > 1,
        "nillable": field.has("N"),
        "permissionable": not field.required and field.has("C"),
        "picklistValues": [picklist_value(field, each) for each in field.picklist],
        "polymorphicForeignKey": len(field.refers_to) > 1,
        "precision": 0 if field.type == "int" else field.precision,
        "queryByDistance": False,
        "referenceTargetField": None,
        "referenceTo": list(field.refers_to),
        "relationshipName": field.relationship,
        "relationshipOrder": None,
        "restrictedDelete": False,
        "restrictedPicklist": field.has("P"),
        "scale": field.scale,
        "searchPrefilterable": False,
        "soapType": soap_type(field),
        "sortable": field.has("S"),
        "type": field.type,
        "unique": field.external_id,
        "updateable": field.has("U"),
        "writeRequiresMasterRead": False,
    }


def is_part(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and name.removeprefix(prefix) in ADDRESS_PARTS


def picklist_value(field: Field, value: str) -> dict[str, Any]:
    default = field.options.get("default") == value
    return {"active": True, "defaultValue": default, "label": value, "validFor": None, "value": value}


def summary(sobject: SObject, version: str) -> dict[str, Any]:
    """One entry of the global describe."""
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    writable = not sobject.readonly
    paths = ("describe", "layouts")
    urls = {"sobject": base, "rowTemplate": f"{base}/{{ID}}", **{each: f"{base}/describe/{each}" for each in paths[1:]}}
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": writable,
        "custom": sobject.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": writable,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "layoutable": writable,
        "mergeable": sobject.name in ("Account", "Contact", "Case"),
        "mruEnabled": writable,
        "name": sobject.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": writable,
        "triggerable": writable,
        "undeletable": writable,
        "updateable": writable,
        "urls": {**urls, "describe": f"{base}/describe"},
    }


def full(catalog: Catalog, sobject: SObject, version: str) -> dict[str, Any]:
    return {
        **summary(sobject, version),
        "actionOverrides": [],
        "childRelationships": [
            {
                "cascadeDelete": bool(each.field.options.get("cascade")),
                "childSObject": each.child.name,
                "deprecatedAndHidden": False,
                "field": each.field.name,
                "junctionIdListNames": [],
                "junctionReferenceTo": [],
                "relationshipName": each.name,
                "restrictedDelete": False,
            }
            for each in catalog.children(sobject)
        ],
        "fields": [field_describe(each) for each in sobject.fields.values()],
        "namedLayoutInfos": [],
        "recordTypeInfos": [record_type(sobject, version)],
        "supportedScopes": [{"label": f"All {sobject.plural}", "name": "everything"}],
    }


def record_type(sobject: SObject, version: str) -> dict[str, Any]:
    url = f"/services/data/v{version}/sobjects/{sobject.name}/describe/layouts/{MASTER_TYPE}"
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": MASTER_TYPE,
        "urls": {"layout": url},
    }


def describe_global(call: Call) -> Reply:
    objects = [summary(each, call.version) for each in call.org.catalog.objects.values()]
    return not_modified(call) or Reply(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects})


def describe_object(call: Call) -> Reply:
    sobject = call.org.catalog.object(call.path["object"])
    return not_modified(call) or Reply(200, full(call.org.catalog, sobject, call.version))


def basic_information(call: Call) -> Reply:
    sobject = call.org.catalog.object(call.path["object"])
    rows = call.org.store.find(sobject.name, {"IsDeleted": 0})[-5:]
    url = f"/services/data/v{call.version}/sobjects/{sobject.name}/"
    recent = [{"attributes": {"type": sobject.name, "url": url + row["Id"]}, "Id": row["Id"]} for row in rows]
    return Reply(200, {"objectDescribe": summary(sobject, call.version), "recentItems": recent})


def not_modified(call: Call) -> Reply | None:
    """304 when the schema has not changed since the caller's copy."""
    since = call.date_header("If-Modified-Since")
    return Reply(304) if since and since >= call.org.schema_changed.replace(microsecond=0) else None
