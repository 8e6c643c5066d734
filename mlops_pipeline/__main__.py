"""Door of `python -m mlops_pipeline`."""

import sys

from mlops_pipeline.cli import main

if __name__ == "__main__":
    sys.exit(main())
