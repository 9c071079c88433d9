"""The actions of a pipeline: one module for each provider.

Each module has PROVIDERS: (category, provider) -> the function that runs an action of it. A new provider is a new
module, found without being registered.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference.html
"""
