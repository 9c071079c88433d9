"""The stacks of parameter files, planned and deployed with the AWS CLI."""
