"""TensorFlow graphs from checkpoints, SavedModels and frozen files, addressed by the names of their tensors."""
