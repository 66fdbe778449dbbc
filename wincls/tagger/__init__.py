"""Prediction only: from scores to probabilities and entities; the model file."""
