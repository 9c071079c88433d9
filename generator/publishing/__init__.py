"""Publishing: a template as text, page, file and parameter file."""
