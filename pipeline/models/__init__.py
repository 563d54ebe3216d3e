"""A classifier behind one small face: loading, tracing, and the gradients of its framework."""
