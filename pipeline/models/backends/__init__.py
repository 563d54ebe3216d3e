"""The interface of a Keras backend, and its implementations for TensorFlow and JAX."""
