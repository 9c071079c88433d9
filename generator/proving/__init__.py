"""`ecr-pipeline prove`: checks the templates against an account, with the AWS CLI."""
