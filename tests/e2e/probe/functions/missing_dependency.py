from typing import Any

import requests


def handler(_event: dict[str, Any], _context: Any) -> str:
    return requests.__version__
