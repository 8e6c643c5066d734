"""`python -m mlops_pipeline ...`: train, generate, up."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from mlops_pipeline import messages
from mlops_pipeline.pipeline import RunConfig, run
from mlops_pipeline.reporting.summary import summary
from mlops_pipeline.settings import Settings
from mlops_pipeline.src.data.generator import DEFAULT_ROWS, DEFAULT_SEED, write_portfolio
from mlops_pipeline.src.errors import InputError, NoEligibleModelError, PipelineError
from mlops_pipeline.src.features.selection import LeakagePolicy
from mlops_pipeline.src.scoring.calibration import DecisionRule
from mlops_pipeline.stack import up

DEFAULT_DATA = Path("data/Base_de_datos.csv")
DEFAULT_RESULTS = Path("results")
WITH_LEAK = "con_fuga"

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_NO_MODEL = 3
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; give its exit status.

    0 done; 1 failed; 2 the input cannot be used; 3 no candidate may be published.
    """
    asked = _parser().parse_args(arguments)
    try:
        status: int = asked.command(asked)
    except InputError as error:
        return _fail(error, EXIT_BAD_INPUT)
    except NoEligibleModelError as error:
        return _fail(error, EXIT_NO_MODEL)
    except PipelineError as error:
        return _fail(error, EXIT_FAILED)
    except KeyboardInterrupt:
        print(messages.INTERRUPTED, file=sys.stderr)
        return EXIT_INTERRUPTED
    return status


def _fail(error: PipelineError, status: int) -> int:
    """Say what went wrong."""
    print(messages.failed(str(error)), file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    """Describe the commands."""
    parser = argparse.ArgumentParser(prog="mlops_pipeline", description=messages.CLI)
    commands = parser.add_subparsers(required=True, metavar="comando")
    train = commands.add_parser("train", help=messages.CLI_TRAIN, description=messages.CLI_TRAIN)
    train.add_argument("--data", type=Path, default=DEFAULT_DATA, help=messages.CLI_DATA)
    train.add_argument(
        "--models-dir", type=Path, default=Settings().models_dir, help=messages.CLI_MODELS_DIR
    )
    train.add_argument("--results-dir", type=Path, help=messages.CLI_RESULTS_DIR)
    train.add_argument(
        "--leakage",
        type=LeakagePolicy,
        choices=list(LeakagePolicy),
        default=LeakagePolicy.QUARANTINE,
        help=messages.CLI_LEAKAGE,
    )
    train.add_argument("--costo-mora", type=_cost, default=10.0, help=messages.CLI_COST_LATE)
    train.add_argument("--costo-rechazo", type=_cost, default=1.0, help=messages.CLI_COST_REJECT)
    train.add_argument("--seed", type=int, default=42, help=messages.CLI_SEED)
    train.set_defaults(command=_train)
    generate = commands.add_parser(
        "generate", help=messages.CLI_GENERATE, description=messages.CLI_GENERATE
    )
    generate.add_argument("--rows", type=int, default=DEFAULT_ROWS, help=messages.CLI_ROWS)
    generate.add_argument("--seed", type=int, default=DEFAULT_SEED, help=messages.CLI_SEED)
    generate.add_argument("--out", type=Path, default=DEFAULT_DATA, help=messages.CLI_OUT)
    generate.set_defaults(command=_generate)
    stack = commands.add_parser("up", help=messages.CLI_UP, description=messages.CLI_UP)
    stack.add_argument("--once", action="store_true", help=messages.CLI_ONCE)
    stack.set_defaults(command=_up)
    return parser


def _cost(text: str) -> float:
    """Parse a positive cost."""
    cost = float(text)
    if not 0 < cost < float("inf"):
        raise argparse.ArgumentTypeError(messages.bad_cost(text))
    return cost


def _train(asked: argparse.Namespace) -> int:
    """Train, compare, report, publish."""
    results = asked.results_dir
    if results is None:
        keeps = asked.leakage is LeakagePolicy.KEEP
        results = DEFAULT_RESULTS / WITH_LEAK if keeps else DEFAULT_RESULTS
    finished = run(
        RunConfig(
            data=asked.data,
            models_dir=asked.models_dir,
            results_dir=results,
            leakage=asked.leakage,
            rule=DecisionRule.from_costs(asked.costo_mora, asked.costo_rechazo),
            seed=asked.seed,
        ),
        now=datetime.now(UTC),
        say=lambda line: print(line, flush=True),
    )
    print(summary(finished, results))
    return EXIT_OK


def _generate(asked: argparse.Namespace) -> int:
    """Write a synthetic portfolio."""
    try:
        write_portfolio(asked.rows, asked.seed, asked.out)
    except ValueError as error:
        raise InputError(str(error)) from error
    print(messages.generated(asked.rows, asked.out))
    return EXIT_OK


def _up(asked: argparse.Namespace) -> int:
    """Bring up the service; train first if there is no model."""
    return up(Settings(), once=asked.once, say=lambda line: print(line, flush=True))
