"""Prediction only: scores to probabilities, probabilities to entities, the model file."""
