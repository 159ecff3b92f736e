"""QuickBooks Online has no bulk export: a load reads every object page by page with `changed`."""

from collections.abc import Iterator, Mapping
from typing import Any

from timebridge.errors import Misconfigured
from timebridge.sides import Page, Side


def start_export(side: Side, name: str) -> dict[str, Any] | None:  # noqa: ARG001 (the protocol's signature)
    return None


def export_done(side: Side, state: Mapping[str, Any]) -> bool:  # noqa: ARG001
    raise _none()


def export_pages(side: Side, state: Mapping[str, Any]) -> Iterator[Page]:  # noqa: ARG001
    raise _none()


def _none() -> Misconfigured:
    return Misconfigured("QuickBooks Online has no export jobs.", detail="asked for an export that never started")
