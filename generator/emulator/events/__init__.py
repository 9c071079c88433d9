"""Events: which ones services emit, which rules match, and the input of targets."""
