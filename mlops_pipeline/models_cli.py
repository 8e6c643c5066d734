"""`python -m mlops_pipeline models ...`: the registry in an operator's hands."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from mlops_pipeline import messages
from mlops_pipeline.settings import load_settings
from mlops_pipeline.src.errors import NoModelError, PipelineError
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.registry import ledger, store
from mlops_pipeline.src.registry.ledger import Change, LedgerEntry
from mlops_pipeline.src.scoring.bundle import Metadata

if TYPE_CHECKING:
    # The one name that argparse has for it.  pylint: disable-next=protected-access
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

OK = 0
FAILED = 1
_METADATA = TypeAdapter(Metadata)


def add_commands(commands: Commands) -> None:
    """Describe `models` and what is under it."""
    models = commands.add_parser(
        "models", help=messages.CLI_MODELS, description=messages.CLI_MODELS
    )
    verbs = models.add_subparsers(required=True, metavar="acción")
    _add(verbs, "list", messages.CLI_MODELS_LIST, _list)
    show = _add(verbs, "show", messages.CLI_MODELS_SHOW, _show)
    show.add_argument("version", metavar="VERSION", help=messages.CLI_VERSION)
    verify = _add(verbs, "verify", messages.CLI_MODELS_VERIFY, _verify)
    verify.add_argument("version", metavar="VERSION", nargs="?", help=messages.CLI_VERSION)
    promote = _add(verbs, "promote", messages.CLI_MODELS_PROMOTE, _promote)
    promote.add_argument("version", metavar="VERSION", help=messages.CLI_VERSION)
    promote.add_argument("--permitir-filas", action="store_true", help=messages.CLI_CLIENT_ROWS)
    rollback = _add(verbs, "rollback", messages.CLI_MODELS_ROLLBACK, _rollback)
    for changing in (promote, rollback):
        changing.add_argument("--motivo", default="", help=messages.CLI_REASON)


def _add(
    verbs: Commands, name: str, text: str, command: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    """Describe one action."""
    parser = verbs.add_parser(name, help=text, description=text)
    parser.add_argument(
        "--models-dir", type=Path, default=load_settings().models_dir, help=messages.CLI_MODELS_DIR
    )
    parser.set_defaults(command=command)
    return parser


def current_user() -> str:
    """Give who runs this process; a user without a name, as in a container, by number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"uid {os.getuid()}"


def _change(asked: argparse.Namespace) -> Change:
    """Sign a change."""
    return Change(datetime.now(UTC), current_user(), asked.motivo)


def _list(asked: argparse.Namespace) -> int:
    """List the versions; a damaged one is named as such."""
    found = store.versions(asked.models_dir)
    if not found:
        print(messages.no_versions(asked.models_dir))
    for version in found:
        try:
            model = ModelDeployment.load_version(asked.models_dir, version.name)
            name = model.metadata.model_name
        except PipelineError as error:
            name = messages.broken(str(error))
        created = version.created_at.strftime("%Y-%m-%d %H:%M:%S UTC")
        print(messages.version_line(version.name, created, name, serves=version.is_latest))
    _warn(asked.models_dir)
    return OK


def _warn(models_dir: Path) -> None:
    """Say what is strange about the ledger or `latest`."""
    history = ledger.read(models_dir)
    if history.damaged:
        print(messages.damaged_ledger(history.damaged), file=sys.stderr)
    present = [version.name for version in store.versions(models_dir)]
    missing = ledger.unpublished(history.entries, present)
    if missing:
        print(messages.unfinished_publication(missing), file=sys.stderr)
    named = store.named_by_latest(models_dir)
    cut_short = ledger.unfinished(history.entries, named)
    if cut_short:
        print(messages.unfinished_change(cut_short.to_version, named), file=sys.stderr)
    reason = _fault_of_latest(models_dir)
    if reason:
        print(messages.broken_part(store.LATEST, reason), file=sys.stderr)


def _fault_of_latest(models_dir: Path) -> str | None:
    """Give what is wrong with the link; that there is none is not."""
    try:
        store.latest_folder(models_dir)
    except NoModelError:
        return None
    except PipelineError as error:
        return str(error)
    return None


def _show(asked: argparse.Namespace) -> int:
    """Show a version: which model, on what data, how good, and its history."""
    metadata = ModelDeployment.load_version(asked.models_dir, asked.version).metadata
    serves = store.named_by_latest(asked.models_dir) == metadata.version
    print(
        messages.version_heading(
            metadata.version, metadata.model_name, metadata.created_at, serves=serves
        )
    )
    print(messages.holds_client_rows(answer=metadata.contains_client_rows))
    document = _METADATA.dump_python(metadata, mode="json")
    print(json.dumps(document, indent=2, ensure_ascii=False))
    for entry in ledger.read(asked.models_dir).entries:
        if metadata.version in {entry.from_version, entry.to_version}:
            print(_ledger_line(entry))
    return OK


def _ledger_line(entry: LedgerEntry) -> str:
    """Word an entry of the ledger."""
    moved = (entry.from_version, entry.to_version)
    return messages.ledger_line(entry.when, entry.who, entry.action, moved, entry.reason)


def _verify(asked: argparse.Namespace) -> int:
    """Recompute hashes and self-test of one version, or of all of them and of `latest`."""
    if asked.version:
        store.version_folder(asked.models_dir, asked.version)
        return OK if _is_sound(asked.models_dir, asked.version) else FAILED
    found = store.versions(asked.models_dir)
    if not found:
        raise NoModelError(messages.no_versions(asked.models_dir))
    sound = [_is_sound(asked.models_dir, version.name) for version in found]
    reason = _fault_of_latest(asked.models_dir)
    if reason:
        print(messages.broken_part(store.LATEST, reason))
    return OK if all(sound) and not reason else FAILED


def _is_sound(models_dir: Path, version: str) -> bool:
    """Check a version and say what came out."""
    try:
        model = ModelDeployment.load_version(models_dir, version)
    except PipelineError as error:
        print(messages.broken_part(version, str(error)))
        return False
    print(messages.sound_version(version, model.selftest_loans))
    return True


def _promote(asked: argparse.Namespace) -> int:
    """Let a version serve."""
    done = ModelDeployment.promote(
        asked.models_dir, asked.version, _change(asked), allow_client_rows=asked.permitir_filas
    )
    if done:
        print(messages.now_serves(done.to_version, done.from_version))
    else:
        print(messages.already_serves(asked.version))
    return OK


def _rollback(asked: argparse.Namespace) -> int:
    """Return to the version before."""
    done = ModelDeployment.rollback(asked.models_dir, _change(asked))
    print(messages.now_serves(done.to_version, done.from_version))
    return OK
