"""`make demo` and `make dev`: the deployed product, a tenant, and a story, on this machine."""
