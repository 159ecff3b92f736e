"""The parts of the package of `salesforce/` agree with each other, and with the org that the sandbox plays."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import parse

from sandbox.salesforce.schema import Field, all_objects
from sandbox.salesforce.seed import PACKAGE_VERSION
from tests.infra.metadata_types import NAMESPACE
from tests.infra.salesforce_tools import ROOT
from tests.infra.sam_template import PROJECT
from timebridge.providers.salesforce.package import VERSION, deployment, parts

SOURCE = ROOT / "force-app" / "main" / "default"


def tree(path: str) -> Element:
    found: Element = parse(SOURCE / path).getroot()
    return found


def texts(root: Element, path: str) -> list[str]:
    return [each.text or "" for each in root.findall("/".join(f"{NAMESPACE}{step}" for step in path.split("/")))]


def one(root: Element, path: str) -> str | None:
    return next(iter(texts(root, path)), None)


# --- the package and the org -----------------------------------------------------------------------------------------

KINDS = {
    "string": "Text",
    "double": "Number",
    "int": "Number",
    "boolean": "Checkbox",
    "date": "Date",
    "datetime": "DateTime",
    "reference": "Lookup",
}


def brought_by_us() -> Iterator[tuple[str, Field]]:
    """Every field that the sandbox's org has from the package."""
    for name, sobject in all_objects().items():
        ours = name.startswith("TB_")
        yield from (
            (name, each) for each in sobject.fields.values() if each.custom and (ours or each.name[:3] == "TB_")
        )


BROUGHT = {f"{name}.{each.name}": (name, each) for name, each in brought_by_us()}


def test_the_package_brings_exactly_the_fields_that_the_sandbox_has() -> None:
    files = {f"{path.parts[-3]}.{path.name.partition('.')[0]}" for path in SOURCE.glob("objects/*/fields/*.xml")}

    assert files == BROUGHT.keys()
    assert {f"{name}.{each}" for name, fields in parts().items() for each in fields} == {
        name for name in files if not name.startswith("TB_Package__mdt")
    }


@pytest.mark.parametrize("name", BROUGHT)
def test_a_field_is_the_same_in_the_package_and_in_the_sandbox(name: str) -> None:
    owner, there = BROUGHT[name]
    here = tree(f"objects/{owner}/fields/{there.name}.field-meta.xml")
    long = "LongTextArea" if there.length > 255 else "TextArea"
    facts: dict[str, Any] = {
        "fullName": there.name,
        "label": there.label,
        "type": long if there.type == "textarea" else KINDS.get(there.type, there.type.title()),
        "length": str(there.length)
        if there.type == "string" or (there.type == "textarea" and there.length > 255)
        else None,
        "precision": str(there.precision) if there.precision else None,
        "scale": str(there.scale) if there.precision else None,
        "referenceTo": there.refers_to[0] if there.refers_to else None,
        "relationshipName": there.options.get("child", "").removesuffix("__r") or None,
    }

    assert {fact: one(here, fact) for fact in facts} == facts
    assert (one(here, "externalId") == "true") is there.external_id
    assert (one(here, "unique") == "true") is there.external_id
    assert (one(here, "caseSensitive") == "true") is (there.external_id and there.case_sensitive)
    assert (one(here, "required") == "true") is there.required
    assert tuple(texts(here, "valueSet/valueSetDefinition/value/fullName")) == there.picklist
    assert (one(here, "valueSet/restricted") == "true") is there.has("P")


@pytest.mark.parametrize("name", [name for name in all_objects() if name.startswith("TB_")])
def test_an_object_is_the_same_in_the_package_and_in_the_sandbox(name: str) -> None:
    here, there = tree(f"objects/{name}/{name}.object-meta.xml"), all_objects()[name]

    assert (one(here, "label"), one(here, "pluralLabel")) == (there.label, there.plural)
    if there.name.endswith("__c"):
        automatic = there.fields["Name"].has("A")
        assert one(here, "nameField/label") == there.fields["Name"].label
        assert one(here, "nameField/type") == ("AutoNumber" if automatic else "Text")


def test_one_version_is_said_everywhere() -> None:
    project = json.loads((ROOT / "sfdx-project.json").read_text())
    record = tree("customMetadata/TB_Package.Installed.md-meta.xml")

    assert project["packageDirectories"][0]["versionNumber"] == f"{VERSION}.NEXT"
    assert texts(record, "values/value") == [VERSION]
    assert PACKAGE_VERSION == VERSION
    assert project["sourceApiVersion"] == deployment.API_VERSION


# --- the parts among each other --------------------------------------------------------------------------------------


def granted(name: str) -> dict[str, tuple[str | None, str | None]]:
    """What a permission set says of fields: readable, editable."""
    found = tree(f"permissionsets/{name}.permissionset-meta.xml").findall(f"{NAMESPACE}fieldPermissions")
    return {one(each, "field") or "": (one(each, "readable"), one(each, "editable")) for each in found}


OF_PEOPLE = {name for name in BROUGHT if not name.startswith("TB_Package__mdt")}


def test_our_user_may_read_and_write_every_field_of_the_package() -> None:
    ours = {name: rights for name, rights in granted("timebridge_integration").items() if name.endswith("__c")}

    assert ours == dict.fromkeys(OF_PEOPLE, ("true", "true"))


def test_people_may_read_every_field_of_the_package_and_change_none() -> None:
    assert granted("timebridge_reader") == dict.fromkeys(OF_PEOPLE, ("true", "false"))


def test_fields_of_others_that_are_granted_exist() -> None:
    compound = {"Account.BillingAddress"}
    for name in granted("timebridge_integration").keys() - OF_PEOPLE - compound:
        sobject, field = name.split(".")
        found = all_objects()[sobject].fields[field]
        assert not found.required, name


@pytest.mark.parametrize("name", ["timebridge_integration", "timebridge_reader"])
def test_no_permission_set_opens_all_records_or_deletes_what_is_not_ours(name: str) -> None:
    rights = tree(f"permissionsets/{name}.permissionset-meta.xml").findall(f"{NAMESPACE}objectPermissions")

    for each in rights:
        assert one(each, "modifyAllRecords") == one(each, "viewAllRecords") == "false"
        mine = name == "timebridge_integration" and (one(each, "object") or "").startswith("TB_")
        assert (one(each, "allowDelete") == "true") is mine


def test_the_least_rights_are_those_of_the_api() -> None:
    ours = tree("permissionsets/timebridge_integration.permissionset-meta.xml")

    assert texts(ours, "userPermissions/name") == ["ApiEnabled"]
    assert texts(ours, "customMetadataTypeAccesses/name") == ["TB_Package__mdt"]
    assert texts(tree("permissionsets/timebridge_reader.permissionset-meta.xml"), "userPermissions/name") == []


def test_views_layouts_and_tabs_name_fields_and_objects_that_exist() -> None:
    for file in SOURCE.glob("objects/*/listViews/*.xml"):
        fields = all_objects()[file.parts[-3]].fields
        view = parse(file).getroot()
        for name in [*texts(view, "columns"), *texts(view, "filters/field")]:
            assert name == "NAME" or name in fields, (file, name)
    for file in SOURCE.glob("layouts/*.xml"):
        sobject = all_objects()[file.name.partition("-")[0]]
        shown = set(texts(parse(file).getroot(), "layoutSections/layoutColumns/layoutItems/field"))
        assert shown == {each.name for each in sobject.fields.values() if each.custom} | {"Name"}, file
    objects = {name for name in all_objects() if re.fullmatch(r"TB_\w+__c", name)}
    assert {file.name.partition(".")[0] for file in SOURCE.glob("tabs/*.xml")} == objects
    assert set(texts(tree("permissionsets/timebridge_reader.permissionset-meta.xml"), "tabSettings/tab")) == objects


def test_fields_that_the_component_imports_exist() -> None:
    script = (SOURCE / "lwc" / "tbProjectSummary" / "tbProjectSummary.js").read_text()
    for sobject, field in re.findall(r"@salesforce/schema/(\w+)\.(\w+)", script):
        assert field in all_objects()[sobject].fields
    [shown] = re.findall(r"INVOICE_FIELDS = (\[.*?\])", script)
    assert set(json.loads(shown)) <= all_objects()["TB_Invoice__c"].fields.keys()
    relations = {each.options.get("child") for each in all_objects()["TB_Invoice__c"].fields.values()}
    assert re.findall(r'relatedListId: "(\w+)"', script)[0] in relations


def test_a_tenants_flows_send_the_messages_that_are_shipped_with_them() -> None:
    files = deployment.notice_files("https://x.example/hook/a.b/secret", "sync@acme.example")
    for name in deployment.OBJECTS:
        message = files[f"messages/main/default/workflows/{name}.workflow-meta.xml"]
        flow = files[f"flows/main/default/flows/TB_{name}_Changed.flow-meta.xml"]
        [action] = re.findall(r"<actionName>(.*)</actionName>", flow)
        assert action == f"{name}.{re.findall('<fullName>(.*)</fullName>', message)[0]}"
        assert f"<object>{name}</object>" in flow


def test_nothing_says_where_the_tools_came_from() -> None:
    lock = (ROOT / "package-lock.json").read_text()

    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text()
    assert '"resolved"' not in lock
    assert "://registry" not in lock


def test_the_source_travels_with_the_product() -> None:
    link = PROJECT / "layers/timebridge/timebridge/providers/salesforce/package/source"

    assert link.is_symlink()
    assert link.resolve() == ROOT / "force-app"


def test_the_layer_is_built_with_the_files_not_the_link(tmp_path: Path) -> None:
    """As `sam build` copies a layer before it runs its makefile."""
    from aws_lambda_builders.utils import copytree

    copytree(str(PROJECT / "layers" / "timebridge"), str(tmp_path / "layer"))

    copied = tmp_path / "layer/timebridge/providers/salesforce/package/source"
    assert not copied.is_symlink()
    assert (copied / "main/default/objects/TB_Time_Entry__c").is_dir()
    shutil.rmtree(tmp_path / "layer")
