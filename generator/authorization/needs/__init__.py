"""What calls need, one module for each AWS service, named like its prefix in IAM policies.

Each module gives NEEDS: "service:Operation" -> what IAM is asked for. A new operation is a new entry. Without an entry
a call is refused, because a permission that was not looked up must not be assumed. What a call needs of another service
(iam:PassRole, the use of a key) is part of the entry of that call.
"""
