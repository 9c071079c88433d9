"""Enforcement of the deployed policies: they decide every call of a role."""
