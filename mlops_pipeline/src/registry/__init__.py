"""Model bundles on disk: write, verify, publish, load."""
