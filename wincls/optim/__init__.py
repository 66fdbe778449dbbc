"""Updates of parameters: optimizers, learning-rate schedules, regularizers."""
