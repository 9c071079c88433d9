"""What `ecr-pipeline try` does: an account, stacks in it, a push, a report."""
