"""What the actions of a pipeline do: one module for each provider.

Each module gives PROVIDERS: (category, provider) -> what runs an action of it. Another provider is another module, and
nothing is registered.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference.html
"""
