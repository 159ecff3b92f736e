"""From method and path to the function that answers: the same for the wire and for the parts of a composite request."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from starlette.routing import compile_path

from sandbox.salesforce import duplicates
from sandbox.salesforce.call import MISSING, Call, Reply, Resource
from sandbox.salesforce.errors import SalesforceError, method_not_allowed, not_found

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org

BASE = "/services/data/v{version}"
OLDEST, NEWEST = 31, 67
SEASONS = ("Spring", "Summer", "Winter")


def versions() -> list[dict[str, str]]:
    """The live API versions. Spring, Summer and Winter follow each other; Spring '26 is 66.0."""
    found = []
    for number in range(OLDEST, NEWEST + 1):
        years, season = divmod(number - 66, 3)
        label = f"{SEASONS[season]} '{26 + years + (season == 2):02d}"
        found.append({"label": label, "url": f"/services/data/v{number}.0", "version": f"{number}.0"})
    return found


@lru_cache(maxsize=1)
def resources() -> list[Resource]:
    from sandbox.salesforce import bulk, collection, composite, deploy, rest

    return [*composite.RESOURCES, *collection.RESOURCES, *bulk.RESOURCES, *deploy.RESOURCES, *rest.RESOURCES]


@lru_cache(maxsize=1)
def patterns() -> list[tuple[re.Pattern[str], Resource]]:
    return [(compile_path(BASE + each.template)[0], each) for each in resources()]


def check_version(version: str) -> None:
    if not re.fullmatch(r"\d\d\.0", version) or float(version) > NEWEST:
        raise not_found()
    if float(version) < OLDEST:
        message = f"API version {version} is retired. Use version {OLDEST}.0 or later."
        raise SalesforceError("UNSUPPORTED_API_VERSION", message, status=410)


def dispatch(
    org: "Org",
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    actor: str,
    body: bytes = b"",
    parsed: Any = MISSING,
) -> Reply:
    """Answers one call. `headers` have lower-case names. Raises SalesforceError."""
    if method == "POST" and "_HttpMethod" in query:
        method = query["_HttpMethod"].upper()
    path = path.rstrip("/") if not path.endswith("//") else path
    for pattern, resource in patterns():
        match = pattern.match(path)
        if match:
            check_version(match["version"])
            handler = resource.methods.get("GET" if method == "HEAD" else method)
            if handler is None:
                raise method_not_allowed(method, [*resource.methods, *(["HEAD"] if "GET" in resource.methods else [])])
            org.records.allows_duplicates = duplicates.allows(headers)
            return handler(Call(org, method, match.groupdict(), query, headers, actor, body, parsed))
    raise not_found()
