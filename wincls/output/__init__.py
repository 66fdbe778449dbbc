"""What people and programs read: tagged text in several formats, tables of figures."""
