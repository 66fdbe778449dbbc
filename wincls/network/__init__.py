"""Arrays in, arrays out: activations, initialisation, losses, the scorer and its gradients."""
