from typing import Any

attempts: dict[str, int] = {}


class RateLimited(Exception):
    pass


class Rejected(Exception):
    pass


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Fails with RateLimited `limited` times, then with Rejected if told to; counts attempts in a warm environment."""
    case = event["case"]
    attempts[case] = attempts.get(case, 0) + 1
    if attempts[case] <= event.get("limited", 0):
        raise RateLimited(f"attempt {attempts[case]}")
    if event.get("reject"):
        raise Rejected(f"attempt {attempts[case]}")
    return {"attempts": attempts[case]}
