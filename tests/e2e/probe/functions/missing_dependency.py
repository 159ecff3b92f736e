from typing import Any

import requests


def handler(event: dict[str, Any], context: Any) -> str:
    return requests.__version__
