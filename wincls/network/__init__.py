"""Arrays in, arrays out: activations, initialization, losses, the scorer and its gradients."""
