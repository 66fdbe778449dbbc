"""What people and programs read: tagged text in several formats, tables and records of figures."""
