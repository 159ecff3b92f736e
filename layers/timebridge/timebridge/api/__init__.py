"""The admin API, a router per noun. `functions/admin_api.py` puts them behind the HTTP API."""
