"""How parameters move: optimizers, learning-rate schedules, regularizers."""
