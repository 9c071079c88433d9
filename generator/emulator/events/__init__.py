"""Events: what services emit, which rules match, what their targets get."""
