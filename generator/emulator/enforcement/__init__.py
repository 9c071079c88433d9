"""The policies that were deployed, in force: every call of a role is decided by them."""
