"""Lifecycle policies of Amazon ECR, replayed over a list of images."""
