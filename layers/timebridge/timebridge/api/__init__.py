"""The admin API, a router per noun. `resolver.py` puts them together; `functions/admin_api.py` stands behind the HTTP API,
and the console asks in process."""
