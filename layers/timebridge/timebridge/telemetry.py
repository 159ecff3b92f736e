"""Logs and counts. No tracer here: it brings the X-Ray SDK along, which a webhook door has no time for."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from timebridge.errors import SyncError

logger = Logger(service="timebridge")


def count(name: str, value: int = 1, *, tenant: str = "", **dimensions: str) -> None:
    """Count something in CloudWatch. The tenant is findable in the log, but no dimension: those are paid for each."""
    with single_metric(
        name=name, unit=MetricUnit.Count, value=value, namespace="timebridge", default_dimensions=dimensions
    ) as metric:
        metric.add_metadata("tenant", tenant)


def count_all(counts: Mapping[str, int], *, tenant: str = "", **dimensions: str) -> None:
    for name, value in counts.items():
        if value:
            count(name, value, tenant=tenant, **dimensions)


def seconds(name: str, value: float, **dimensions: str) -> None:
    """How long something took."""
    with single_metric(
        name=name, unit=MetricUnit.Seconds, value=round(value, 3), namespace="timebridge", default_dimensions=dimensions
    ):
        pass


def facts(error: SyncError) -> dict[str, Any]:
    """What a log line says about an error: no field of it may hold a token (see `errors.SyncError`)."""
    said = {"error": type(error).__name__, "reason": error.for_user, "remedy": error.remedy, "detail": error.detail}
    return said | error.context
