"""Output for people and programs: tagged text, tables and records of figures, and the report page."""
