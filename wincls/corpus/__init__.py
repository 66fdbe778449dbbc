"""Reading: annotated files of all formats, tag schemes, plain text."""
