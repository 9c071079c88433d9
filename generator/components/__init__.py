"""Parts of a template: each module adds one kind of thing and returns a handle to it for later parts."""
