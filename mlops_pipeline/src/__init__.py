"""The library: no web framework, no plotting, no printing."""
