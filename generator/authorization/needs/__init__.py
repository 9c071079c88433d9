"""The permissions that calls need: one module for each AWS service, named like its prefix in IAM policies.

Each module has NEEDS: "service:Operation" -> the IAM actions that it needs. A new operation is a new entry. Without an
entry a call is refused, because a permission that was not looked up must not be assumed. Permissions in other services
(iam:PassRole, the use of a key) are part of the entry of the call.
"""
