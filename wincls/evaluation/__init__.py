"""Scoring: entities in, counts and mistakes out. Nothing here handles tags, files or text output."""
