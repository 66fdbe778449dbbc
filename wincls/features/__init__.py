"""From words to rows of tables and windows: vocabularies, token tables, vector files, windows."""
