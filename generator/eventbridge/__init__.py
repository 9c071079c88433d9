"""EventBridge without an account: event patterns and input transformers, which are allowed and how they work."""
