"""What is asked of a framework, and the answers of TensorFlow and JAX."""
