"""Arrays in, arrays out: activations, initializers, losses, the scorer and its gradients."""
