"""TensorFlow graphs from checkpoints, SavedModels and frozen files, with tensors addressed by name."""
