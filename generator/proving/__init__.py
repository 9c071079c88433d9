"""`ecr-pipeline prove`: what an account says of the templates, asked with the AWS CLI."""
