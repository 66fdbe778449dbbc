"""Training: from a configuration to a tagger. Prediction needs nothing from here."""
