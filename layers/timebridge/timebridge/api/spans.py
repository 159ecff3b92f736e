"""From when to when: query parameters of lists that are searched by time."""

from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

Since = Annotated[datetime | None, Query(description="Only from this moment on.")]
Until = Annotated[datetime | None, Query(description="Only before this moment.")]
