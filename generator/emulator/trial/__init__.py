"""The command `ecr-pipeline try`: an account, stacks in it, a push, a report."""
