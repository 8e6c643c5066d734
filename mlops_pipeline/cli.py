"""`python -m mlops_pipeline ...`: train, generate, up, key, models, drift."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from mlops_pipeline import drift_cli, messages, models_cli
from mlops_pipeline.api.keys import new_key
from mlops_pipeline.interrupts import orderly_termination
from mlops_pipeline.pipeline import RunConfig, run
from mlops_pipeline.reporting.summary import summary
from mlops_pipeline.settings import load_settings
from mlops_pipeline.src.data.generator import DEFAULT_ROWS, DEFAULT_SEED, write_portfolio
from mlops_pipeline.src.errors import InputError, NoEligibleModelError, PipelineError
from mlops_pipeline.src.features.selection import LeakagePolicy
from mlops_pipeline.src.model_training_evaluation import TrainingOptions, pieces
from mlops_pipeline.src.scoring.calibration import DecisionRule
from mlops_pipeline.stack import up

DEFAULT_DATA = Path("data/Base_de_datos.csv")
DEFAULT_RESULTS = Path("results")
WITH_LEAK = "con_fuga"
ROOT = Path()  # gets a copy of the report of a default run

N = TypeVar("N", int, float)

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
        "--models-dir", type=Path, default=load_settings().models_dir, help=messages.CLI_MODELS_DIR
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
    train.add_argument("--seed", type=_seed, default=42, help=messages.CLI_SEED)
    train.add_argument("--jobs", type=_jobs, default=os.cpu_count(), help=messages.CLI_JOBS)
    train.add_argument("--promover", action="store_true", help=messages.CLI_PROMOTE)
    train.add_argument("--permitir-filas", action="store_true", help=messages.CLI_CLIENT_ROWS)
    train.set_defaults(command=_train)
    generate = commands.add_parser(
        "generate", help=messages.CLI_GENERATE, description=messages.CLI_GENERATE
    )
    generate.add_argument("--rows", type=_jobs, default=DEFAULT_ROWS, help=messages.CLI_ROWS)
    generate.add_argument("--seed", type=_seed, default=DEFAULT_SEED, help=messages.CLI_SEED)
    generate.add_argument("--out", type=Path, default=DEFAULT_DATA, help=messages.CLI_OUT)
    generate.set_defaults(command=_generate)
    stack = commands.add_parser("up", help=messages.CLI_UP, description=messages.CLI_UP)
    stack.add_argument("--once", action="store_true", help=messages.CLI_ONCE)
    stack.set_defaults(command=_up)
    key = commands.add_parser("key", help=messages.CLI_KEY, description=messages.CLI_KEY)
    key.set_defaults(command=_key)
    models_cli.add_commands(commands)
    drift_cli.add_command(commands)
    return parser


def _number(text: str, kind: type[N], low: float, high: float = float("inf")) -> N:
    """Parse a finite number from `low` to `high`."""
    try:
        value = kind(text)
    except ValueError:
        value = kind(-1)
    if not low <= value <= high or value == float("inf"):
        raise argparse.ArgumentTypeError(messages.bad_option(text, low, high))
    return value


def _cost(text: str) -> float:
    """Parse a positive cost."""
    return _number(text, float, 1e-9)


def _seed(text: str) -> int:
    """Parse a seed."""
    return _number(text, int, 0, 2**32 - 1)  # what scikit-learn takes


def _jobs(text: str) -> int:
    """Parse a number of processes."""
    return _number(text, int, 1)


def _train(asked: argparse.Namespace) -> int:
    """Train, compare, report, publish."""
    honest = asked.leakage is LeakagePolicy.QUARANTINE
    results = asked.results_dir or (DEFAULT_RESULTS if honest else DEFAULT_RESULTS / WITH_LEAK)
    default_run = honest and (asked.data, results) == (DEFAULT_DATA, DEFAULT_RESULTS)
    copy_dir = ROOT if default_run else None
    for folder in (results, asked.models_dir, copy_dir):
        if folder is not None:
            _require_writable(folder)
    options = TrainingOptions(
        rule=_rule(asked.costo_mora, asked.costo_rechazo),
        seed=asked.seed,
        jobs=asked.jobs,
    )
    config = RunConfig(
        data=asked.data,
        models_dir=asked.models_dir,
        results_dir=results,
        leakage=asked.leakage,
        training=options,
        copy_dir=copy_dir,
        who=models_cli.current_user(),
        promote_anyway=asked.promover,
        allow_client_rows=asked.permitir_filas,
    )
    with tqdm(total=pieces(options), unit="ajuste", disable=None, leave=False) as bar:

        def progress(name: str) -> None:
            bar.set_description(name)
            bar.update()

        with orderly_termination():
            finished = run(config, datetime.now(UTC), bar.write, progress)
    print(summary(finished, results))
    if finished.result.blocked is not None:
        raise NoEligibleModelError(finished.result.blocked)
    return EXIT_OK


def _rule(cost_late: float, cost_reject: float) -> DecisionRule:
    """Give the decision rule of two costs."""
    try:
        return DecisionRule.from_costs(cost_late, cost_reject)
    except ValueError as error:
        raise InputError(str(error)) from error


def _require_writable(folder: Path) -> None:
    """Raise an InputError, before any work, if a folder can be neither used nor made."""
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(messages.not_writable(folder))


def _generate(asked: argparse.Namespace) -> int:
    """Write a synthetic portfolio."""
    try:
        write_portfolio(asked.rows, asked.seed, asked.out)
    except ValueError as error:
        raise InputError(str(error)) from error
    except OSError as error:
        raise InputError(messages.cannot_write(asked.out, error.strerror)) from error
    print(messages.generated(asked.rows, asked.out))
    return EXIT_OK


def _up(asked: argparse.Namespace) -> int:
    """Bring up the service; train first if there is no model."""
    return up(load_settings(), once=asked.once, say=lambda line: print(line, flush=True))


def _key(_asked: argparse.Namespace) -> int:
    """Make an API key; it is shown once and kept nowhere."""
    print(messages.new_api_key(*new_key()))
    return EXIT_OK
