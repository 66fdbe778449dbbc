"""Training: from a configuration to a tagger."""
