"""Kinds of templates: each module puts components and targets together."""
