"""The catalogue of features, the matrix, the encoder and the leakage audit."""
