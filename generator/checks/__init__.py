"""Checks of templates, parameter files and buildspecs: each module yields findings."""
