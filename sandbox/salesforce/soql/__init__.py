"""SOQL: parsed to a tree, compiled to SQLite's SQL."""
