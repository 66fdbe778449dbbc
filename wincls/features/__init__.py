"""Words to table rows and windows: vocabularies, token tables, vector files, windows."""
