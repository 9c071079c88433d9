"""CloudFormation templates of pipelines that start at a push to Amazon ECR."""
