"""A seeded generator of synthetic loans, for tests, demonstrations and measurements."""

from mlops_pipeline.src.data.generator.portfolio import (
    DEFAULT_ROWS,
    DEFAULT_SEED,
    Chunk,
    generate_chunks,
)
from mlops_pipeline.src.data.generator.writer import write_portfolio

__all__ = ["DEFAULT_ROWS", "DEFAULT_SEED", "Chunk", "generate_chunks", "write_portfolio"]
