"""The trained tagger: scores to probabilities, probabilities to legal tags, evaluation, the model file."""
