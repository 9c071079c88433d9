"""Parts of a template: each module adds one kind of thing and hands back what others need of it."""
