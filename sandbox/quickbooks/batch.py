"""Batches: up to thirty items, each on its own."""

from typing import Any

from sandbox.quickbooks import queries
from sandbox.quickbooks.books import Books, Manner
from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.replies import Replies, item_is_remembered
from sandbox.quickbooks.schema import SCHEMA

MAX_ITEMS = 30
AROUND = {"bId", "operation", "optionsData", "Query"}


def run(books: Books, replies: Replies, realm: str, body: Any, request_id: str | None) -> list[dict[str, Any]]:
    """The value of `BatchItemResponse`. Raises Fault when the batch as a whole is not acceptable."""
    items = body.get("BatchItemRequest") if isinstance(body, dict) else None
    if not items or not isinstance(items, list):
        raise Fault("400", "Batch Request is Empty")
    if not all(isinstance(item, dict) for item in items):
        raise Fault("2010", "failed to parse json object; a batch item")
    if len(items) > MAX_ITEMS:
        raise Fault("1040", MAX_ITEMS)
    replies.find(realm, request_id)
    return [answer(books, replies, realm, item, request_id) for item in items]


def answer(books: Books, replies: Replies, realm: str, item: dict[str, Any], request_id: str | None) -> dict[str, Any]:
    batch_id = str(item.get("bId", ""))
    remembered = item_is_remembered(request_id, batch_id) and "Query" not in item
    before = replies.find(realm, request_id, batch_id) if remembered else None
    if before is not None:
        return {"bId": batch_id, **before}
    try:
        found = perform(books, realm, item)
    except Fault as fault:
        return {"bId": batch_id, "Fault": fault.to_json()}
    if remembered:
        replies.keep(realm, request_id, found, batch_id)
    return {"bId": batch_id, **found}


def perform(books: Books, realm: str, item: dict[str, Any]) -> dict[str, Any]:
    if not item.get("bId"):
        raise Fault("2020", "bId", element="bId")
    if "Query" in item:
        return {"QueryResponse": queries.run(books.store, realm, str(item["Query"]))}
    name = next((key for key in item if key not in AROUND), None)
    entity = SCHEMA.entities.get(name or "")
    if entity is None or name is None:
        raise Fault("2000", name or "")
    manner = Manner(frozenset(str(item.get("optionsData", "")).split(",")))
    match item.get("operation"):
        case "create":
            return {name: books.create(realm, entity, item[name], manner)}
        case "update":
            return {name: books.update(realm, entity, item[name], manner)}
        case "delete":
            return {name: books.delete(realm, entity, item[name])}
    raise Fault("500", item.get("operation"))
