"""How a template becomes text, a page, a file, a parameter file."""
