"""Output for people and programs: tagged text in several formats, tables and records of figures, and
the report page."""
