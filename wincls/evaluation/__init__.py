"""Scoring: entities in, counts and mistakes out. No tags, no files, no text for people."""
