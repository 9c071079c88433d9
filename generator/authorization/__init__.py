"""Permissions: policies, conditions and requests, decided without an account or a server."""
