"""The kinds of metadata that an administrator may deploy to the org, and what each of them does there.

A new field is seen by nobody until a permission set that grants it is assigned. A flow can send an outbound message
that is in the org already. What is not known here is refused: nothing is taken on trust.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import all_objects, package_parts

NAMESPACE = "{http://soap.sforce.com/2006/04/metadata}"
NOT_BY = re.compile(r"^\{!\$User\.Username\}\s*<>\s*[\"'](?P<user>[^\"']+)[\"']$")


class Refused(Exception):
    """A component that cannot be deployed, in the words of its `problem`."""


@dataclass
class Deployment:
    """The files of a deployment, and what it will change in the org when every component is in order."""

    org: Org
    files: Mapping[str, bytes]
    shown: set[str] = field(default_factory=set)
    grants: dict[str, list[str]] = field(default_factory=dict)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    flows: dict[str, dict[str, Any]] = field(default_factory=dict)
    version: str | None = None

    def tree(self, path: str) -> Element:
        if path not in self.files:
            raise Refused(f"An object was named in package.xml, but was not found in zipped directory: {path}")
        found: Element = fromstring(self.files[path])
        return found

    def commit(self) -> None:
        settings = self.org.settings
        settings.deployed = sorted({*settings.deployed, *self.shown})
        settings.permission_sets = {**settings.permission_sets, **self.grants}
        settings.message_actions = {**settings.message_actions, **self.messages}
        settings.message_flows = {**settings.message_flows, **self.flows}
        for name in self.grants.keys() - {row["Name"] for row in self.org.store.find("PermissionSet", {})}:
            self.org.add("PermissionSet", {"Name": name, "Label": name.replace("_", " ")})
        if self.version:
            [row] = self.org.store.find("TB_Package__mdt", {})
            self.org.store.update("TB_Package__mdt", row["Id"], {"Version__c": self.version})
        self._listen()
        self.org.save()
        self.org.show_schema()

    def _listen(self) -> None:
        """Every flow sends its message from now on."""
        settings, users = self.org.settings, {row["Username"]: row["Id"] for row in self.org.store.find("User", {})}
        if settings.message_flows:
            wanted = []
            for flow in settings.message_flows.values():
                message = settings.message_actions[flow["action"]]
                skipped = [users[flow["not_by"]]] if flow["not_by"] in users else []
                wanted.append({"object": flow["object"], **message, "skip_users": skipped})
            self.org.outbound.define(wanted)


def text(tree: Element, path: str) -> str:
    return tree.findtext("/".join(f"{NAMESPACE}{step}" for step in path.split("/")), "").strip()


def all_of(tree: Element, name: str) -> list[Element]:
    return tree.findall(f"{NAMESPACE}{name}")


def custom_object(deployment: Deployment, name: str) -> None:
    tree = deployment.tree(f"objects/{name}.object")
    if name not in all_objects():
        raise Refused(f"This sandbox has no object {name}: add it to objects.toml")
    if name.endswith("__c") and not text(tree, "nameField/type"):
        raise Refused("Must specify a name field")
    deployment.shown.add(name)


def custom_field(deployment: Deployment, name: str) -> None:
    sobject, _, field_name = name.partition(".")
    found = all_of(deployment.tree(f"objects/{sobject}.object"), "fields")
    if field_name not in {text(each, "fullName") for each in found}:
        raise Refused(f"In field: fullName - no CustomField named {name} found")
    if sobject not in all_objects() or all_objects()[sobject].field(field_name) is None:
        raise Refused(f"This sandbox has no field {name}: add it to objects.toml")
    deployment.shown.add(name)


def permission_set(deployment: Deployment, name: str) -> None:
    tree = deployment.tree(f"permissionsets/{name}.permissionset")
    objects = [text(each, "object") for each in all_of(tree, "objectPermissions")]
    fields = [text(each, "field") for each in all_of(tree, "fieldPermissions")]
    there = {*deployment.org.settings.deployed, *deployment.shown}
    ours = {each for each in objects if each.startswith("TB_")} | {each for each in fields if each.endswith("__c")}
    lost = sorted(ours - there)
    if lost:
        raise Refused(f"In field: field - no CustomField named {lost[0]} found")
    granted = [text(each, "name") for each in all_of(tree, "userPermissions") if text(each, "enabled") == "true"]
    types = [text(each, "name") for each in all_of(tree, "customMetadataTypeAccesses")]
    deployment.grants[name] = sorted({*ours, *types} & package_parts()) + [f"user:{each}" for each in granted]


def custom_metadata(deployment: Deployment, name: str) -> None:
    tree = deployment.tree(f"customMetadata/{name}.md")
    values = {text(each, "field"): text(each, "value") for each in all_of(tree, "values")}
    if name != "TB_Package.Installed":
        raise Refused(f"This sandbox has no custom metadata {name}")
    deployment.version = values["Version__c"]


def workflow(deployment: Deployment, name: str) -> None:
    """Everything in the file of an object."""
    for message in all_of(deployment.tree(f"workflows/{name}.workflow"), "outboundMessages"):
        outbound_message(deployment, f"{name}.{text(message, 'fullName')}")


def outbound_message(deployment: Deployment, name: str) -> None:
    sobject, _, short = name.partition(".")
    tree = deployment.tree(f"workflows/{sobject}.workflow")
    found = {text(each, "fullName"): each for each in all_of(tree, "outboundMessages")}
    if short not in found:
        raise Refused(f"In field: fullName - no WorkflowOutboundMessage named {name} found")
    message = found[short]
    user, url = text(message, "integrationUser"), text(message, "endpointUrl")
    if not deployment.org.store.find("User", {"Username": user, "IsActive": 1}):
        raise Refused(f"In field: integrationUser - no User named {user} found")
    if not url.startswith(("https://", "http://")):
        raise Refused("Invalid endpoint URL")
    fields = ["Id", *(each.text or "" for each in all_of(message, "fields"))]
    if any(all_objects()[sobject].field(each) is None for each in fields):
        raise Refused(f"In field: fields - no CustomField named {sobject} {fields} found")
    deployment.messages[name] = {"url": url, "fields": list(dict.fromkeys(fields))}


def flow(deployment: Deployment, name: str) -> None:
    tree = deployment.tree(f"flows/{name}.flow")
    action, sobject = text(tree, "actionCalls/actionName"), text(tree, "start/object")
    if text(tree, "actionCalls/actionType") != "outboundMessage" or text(tree, "status") != "Active":
        raise Refused("This sandbox runs active flows that send an outbound message, and no others")
    if action not in deployment.org.settings.message_actions:
        raise Refused(f"We couldn't find an action with the name and action type that you specified: {action}")
    if action.partition(".")[0] != sobject or text(tree, "start/triggerType") != "RecordAfterSave":
        raise Refused(f"The flow is started by {sobject} and sends a message of another object: {action}")
    if text(tree, "start/connector/targetReference") != text(tree, "actionCalls/name"):
        raise Refused("The flow's start leads nowhere")
    formula = text(tree, "start/filterFormula")
    condition = NOT_BY.match(formula)
    if formula and condition is None:
        raise Refused(f"This sandbox cannot compute the formula {formula}")
    not_by = condition["user"] if condition else None
    deployment.flows[name] = {"action": action, "object": sobject, "not_by": not_by}


def part_of(folder: str, suffix: str, element: str) -> Callable[[Deployment, str], None]:
    """A component that is a piece of its object's file."""

    def check(deployment: Deployment, name: str) -> None:
        owner, _, short = name.partition(".")
        found = all_of(deployment.tree(f"{folder}/{owner}.{suffix}"), element)
        if short not in {text(each, "fullName") for each in found}:
            raise Refused(f"no {element} named {name} found")

    return check


def file_of(folder: str, suffix: str) -> Callable[[Deployment, str], None]:
    """A component that people look at; nothing of this sandbox depends on it."""

    def check(deployment: Deployment, name: str) -> None:
        deployment.tree(f"{folder}/{name}.{suffix}")

    return check


def component(deployment: Deployment, name: str) -> None:
    deployment.tree(f"lwc/{name}/{name}.js-meta.xml")
    if f"lwc/{name}/{name}.js" not in deployment.files or any("__tests__" in path for path in deployment.files):
        raise Refused(f"No lwc named {name} found, or it holds what is no part of it")


TYPES: dict[str, Callable[[Deployment, str], None]] = {
    "CustomObject": custom_object,
    "CustomField": custom_field,
    "ListView": part_of("objects", "object", "listViews"),
    "CustomMetadata": custom_metadata,
    "Layout": file_of("layouts", "layout"),
    "CustomTab": file_of("tabs", "tab"),
    "LightningComponentBundle": component,
    "PermissionSet": permission_set,
    "Workflow": workflow,
    "WorkflowOutboundMessage": outbound_message,
    "Flow": flow,
}
"""In the order in which they depend on each other."""
