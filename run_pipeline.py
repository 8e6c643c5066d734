"""Door: the training run, `python run_pipeline.py [--data FILE] [--leakage keep] ...`."""

import sys

from mlops_pipeline.cli import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
