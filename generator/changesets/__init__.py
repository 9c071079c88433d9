"""What change sets of CloudFormation would do: read, judged and shown, without an account."""
