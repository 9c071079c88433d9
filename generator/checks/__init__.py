"""What is verified of templates, parameter files and buildspecs: each module gives findings."""
