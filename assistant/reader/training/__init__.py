"""Makes the built-in reader's weights: data, model, training, export. For developers."""
