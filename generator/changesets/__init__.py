"""Change sets of CloudFormation: read, judged and shown, without an account."""
