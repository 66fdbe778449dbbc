"""Training: from a configuration to a tagger. Nothing here is needed for prediction."""
