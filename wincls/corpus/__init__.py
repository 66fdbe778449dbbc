"""Reading: column files, tag schemes, plain text."""
