"""The latest health report of each connection of a tenant."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from pynamodb.exceptions import DoesNotExist

from timebridge.providers.provider import Finding
from timebridge.store.exact import instant
from timebridge.store.tables import TenantItem


@dataclass(frozen=True, slots=True)
class Report:
    """`findings`: what does not fit the account (any more); none: all is well."""

    at: datetime
    findings: Sequence[Finding]


class Reports:
    def __init__(self, tenant: str) -> None:
        self._tenant = tenant

    def get(self, connection: str) -> Report | None:
        try:
            found = TenantItem.get(self._tenant, f"health#{connection}", consistent_read=True).data
        except DoesNotExist:
            return None
        return Report(datetime.fromisoformat(found["at"]), [Finding(**each) for each in found["findings"]])

    def save(self, connection: str, report: Report) -> None:
        data = {"at": instant(report.at), "findings": [asdict(each) for each in report.findings]}
        TenantItem(self._tenant, f"health#{connection}", data=data).save()
