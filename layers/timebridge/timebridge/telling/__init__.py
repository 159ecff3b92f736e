"""Telling people what happened and what waits."""
