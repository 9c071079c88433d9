"""What the rules of a stage's conditions do: one module for each provider.

Each module gives RULES: provider -> what evaluates a rule of it. Another provider is another module, and nothing is
registered.

https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference.html
"""
