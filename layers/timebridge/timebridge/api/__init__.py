"""The admin API, a router per noun: put together by `resolver.py`, behind the HTTP API by `functions/admin_api.py`, and
asked by the console in process."""
