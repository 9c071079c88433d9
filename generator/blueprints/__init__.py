"""Kinds of templates: each module assembles components and targets."""
