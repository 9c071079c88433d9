"""EventBridge without an account: event patterns and input transformers, what a rule may have and what it does."""
