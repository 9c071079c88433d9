"""The rules of a stage's conditions: one module for each provider.

Each module has RULES: provider -> the function that evaluates a rule of it. A new provider is a new module, found
without being registered.

https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference.html
"""
