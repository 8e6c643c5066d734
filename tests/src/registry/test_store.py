"""The registry under damage: no bad bundle is loaded, the last good one serves, and why is said."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlops_pipeline.src.errors import (
    BundleError,
    CorruptBundleError,
    InputError,
    NoModelError,
    PipelineError,
    PublishError,
)
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.registry import ledger, manifest, store
from mlops_pipeline.src.registry.unfinished import discard
from tests.conftest import NOW, Trained
from tests.src.registry.support import (
    CHANGE,
    A,
    B,
    C,
    assert_chained,
    bundle,
    changes,
    hidden,
    make_read_only,
    names,
    publish,
    python,
    rewrite,
    serving,
    small_disk,
    three_versions,
)

LATER = NOW + timedelta(hours=3)


@pytest.fixture(scope="module")
def registry(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Versions A, B and C; A serves. Not to be changed."""
    return three_versions(trained, tmp_path_factory.mktemp("registry") / "models")


@pytest.fixture
def models_dir(registry: Path, tmp_path: Path) -> Path:
    """A copy of them, to be changed and damaged."""
    return shutil.copytree(registry, tmp_path / "models", symlinks=True)


def promote(models_dir: Path, version: str) -> None:
    ModelDeployment.promote(models_dir, version, CHANGE)


# --- publishing and promoting ----------------------------------------------------------------


def test_versions_are_listed_newest_first(models_dir: Path) -> None:
    for folder in ("v20261123_101500_2", "v20261123_101500_10"):
        (models_dir / folder).mkdir()
    for no_version in ("v20261399_101500", ".v20261123_101500_3.partial", "v1", "notes"):
        (models_dir / no_version).mkdir()
    (models_dir / "v20261123_101501").symlink_to("/etc")
    (models_dir / "v20261123_101502").touch()
    assert names(models_dir) == [C, B, "v20261123_101500_10", "v20261123_101500_2", A]
    first = store.versions(models_dir)[0]
    assert first.created_at == datetime(2026, 11, 23, 12, 15, tzinfo=UTC)
    assert [v.name for v in store.versions(models_dir) if v.is_latest] == [A]


def test_no_folder_has_no_versions_and_a_file_is_no_folder(tmp_path: Path) -> None:
    assert store.versions(tmp_path / "absent") == ()
    (tmp_path / "file").touch()
    with pytest.raises(BundleError, match="no es una carpeta"):
        store.versions(tmp_path / "file")


def test_a_version_may_be_published_without_serving(models_dir: Path) -> None:
    assert serving(models_dir) == A
    assert [e.action for e in ledger.read(models_dir).entries] == [
        *("publish", "promote"),
        *("publish", "publish"),
    ]
    assert ModelDeployment.load_version(models_dir, C).metadata.version == C


def test_a_promotion_is_recorded_and_a_repeated_one_changes_nothing(models_dir: Path) -> None:
    promote(models_dir, B)
    assert serving(models_dir) == B
    made = changes(models_dir)[-1]
    assert (made.who, made.action, made.from_version, made.to_version, made.reason) == (
        *("prueba", "promote", A, B),
        "se prueba",
    )
    assert ModelDeployment.promote(models_dir, B, CHANGE) is None
    assert changes(models_dir)[-1] == made
    assert_chained(models_dir)


def test_each_rollback_goes_one_further_back(models_dir: Path) -> None:
    promote(models_dir, B)
    promote(models_dir, C)
    assert ModelDeployment.rollback(models_dir, CHANGE).to_version == B
    assert serving(models_dir) == B
    assert ModelDeployment.rollback(models_dir, CHANGE).to_version == A
    assert serving(models_dir) == A
    with pytest.raises(PublishError, match="No hay una versión anterior"):
        ModelDeployment.rollback(models_dir, CHANGE)
    assert serving(models_dir) == A
    assert_chained(models_dir)


def test_where_nothing_was_promoted_there_is_no_way_back(
    trained: Trained, models_dir: Path, tmp_path: Path
) -> None:
    with pytest.raises(PublishError, match="No hay una versión anterior"):
        ModelDeployment.rollback(models_dir, CHANGE)
    with pytest.raises(PublishError, match="No hay una versión anterior"):
        ModelDeployment.rollback(tmp_path / "absent", CHANGE)
    assert not (tmp_path / "absent").exists()
    unpromoted = tmp_path / "unpromoted"
    publish(trained, unpromoted, 0, promote=False)
    with pytest.raises(PublishError, match="No hay una versión anterior"):
        ModelDeployment.rollback(unpromoted, CHANGE)
    with pytest.raises(NoModelError):
        ModelDeployment.load(unpromoted)


def test_a_rollback_to_a_broken_version_is_refused(models_dir: Path) -> None:
    promote(models_dir, B)
    (models_dir / A / manifest.MODEL).write_bytes(b"")
    with pytest.raises(CorruptBundleError, match=r"SHA-256 de model\.onnx"):
        ModelDeployment.rollback(models_dir, CHANGE)
    assert serving(models_dir) == B
    shutil.rmtree(models_dir / A)
    with pytest.raises(CorruptBundleError, match=f"No existe la versión {A}"):
        ModelDeployment.rollback(models_dir, CHANGE)
    assert serving(models_dir) == B
    assert_chained(models_dir)


@pytest.mark.parametrize(
    "name", ["../../etc", "/etc", "", ".", "latest", A + "/..", A + "\n", "v1"]
)
def test_only_a_versions_name_names_a_version(models_dir: Path, name: str) -> None:
    with pytest.raises(InputError, match="no es una versión"):
        promote(models_dir, name)
    with pytest.raises(InputError, match="no es una versión"):
        ModelDeployment.load_version(models_dir, name)
    assert serving(models_dir) == A


def test_a_model_with_client_rows_is_promoted_only_on_purpose(
    trained: Trained, models_dir: Path
) -> None:
    with pytest.raises(PublishError, match="--permitir-filas"):
        publish(trained, models_dir, 3, contains_client_rows=True)
    version = names(models_dir)[0]
    assert serving(models_dir) == A
    with pytest.raises(PublishError, match=f"promote {version} --permitir-filas"):
        promote(models_dir, version)
    assert serving(models_dir) == A
    ModelDeployment.promote(models_dir, version, CHANGE, allow_client_rows=True)
    assert serving(models_dir) == version
    promote(models_dir, B)
    ModelDeployment.rollback(models_dir, CHANGE)  # it was allowed once
    assert serving(models_dir) == version


def test_a_model_with_client_rows_may_be_saved_and_promoted_at_once(
    trained: Trained, tmp_path: Path
) -> None:
    made = bundle(trained, contains_client_rows=True)
    ModelDeployment.save(made, tmp_path, NOW, allow_client_rows=True)
    assert serving(tmp_path) == A


def test_modes_hold_whatever_the_umask(trained: Trained, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    before = os.umask(0o077)
    try:
        publish(trained, tmp_path / "models", 0)
    finally:
        os.umask(before)
    folder = tmp_path / "models" / A
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o644}


def test_a_thousand_versions_in_a_second_are_too_many(
    models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_TRIES", 2)
    with pytest.raises(PublishError, match="demasiadas"):
        store.reserve(models_dir, NOW)


# --- damage ----------------------------------------------------------------------------------


def _edited(content: bytes) -> bytes:
    """Change a number somewhere in a JSON file; it stays JSON."""
    document = json.loads(content)
    document["seed"] = document["seed"] + 1
    return json.dumps(document).encode()


def _other_format(content: bytes) -> bytes:
    return json.dumps({**json.loads(content), "bundle_format": 99}).encode()


DAMAGES: dict[str, tuple[str, Callable[[bytes], bytes] | None, str]] = {
    "truncated model": (manifest.MODEL, lambda content: content[:-100], "SHA-256 de model.onnx"),
    "edited JSON": (manifest.METADATA, _edited, "SHA-256 de metadata.json"),
    "missing manifest": (manifest.MANIFEST, None, "le falta manifest.json .no existe"),
    "missing encoder": (manifest.ENCODER, None, "le falta encoder.json .no existe"),
    "format number": (manifest.MANIFEST, _other_format, "tiene el formato 99"),
    "deep manifest": (manifest.MANIFEST, lambda _content: b"[" * 200_000, "manifest.json"),
}


def damage(folder: Path, kind: str) -> str:
    """Damage a version; give what must be said about it."""
    name, change, said = DAMAGES[kind]
    if change is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(change((folder / name).read_bytes()))
    return said


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_broken_version_is_never_promoted_nor_loaded(models_dir: Path, kind: str) -> None:
    said = damage(models_dir / B, kind)
    before = (models_dir / ledger.LEDGER).read_bytes()
    for attempt in (promote, ModelDeployment.load_version):
        with pytest.raises(CorruptBundleError, match=said):
            attempt(models_dir, B)
    with pytest.raises(CorruptBundleError, match=said):
        store.promote(models_dir, B, CHANGE)
    assert serving(models_dir) == A
    assert (models_dir / ledger.LEDGER).read_bytes() == before
    assert not hidden(models_dir)


@pytest.mark.parametrize("kind", DAMAGES)
def test_the_way_out_of_a_damaged_published_version_is_a_rollback(
    models_dir: Path, kind: str
) -> None:
    promote(models_dir, B)
    said = damage(models_dir / B, kind)
    with pytest.raises(CorruptBundleError, match=said):
        ModelDeployment.load(models_dir)
    ModelDeployment.rollback(models_dir, CHANGE)
    assert serving(models_dir) == A


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        (manifest.ENCODER, ("slots", 0, "feature"), "no_such_feature"),
        (manifest.ENCODER, ("slots",), []),
        (manifest.METADATA, ("score_column",), 99),
        (manifest.SELFTEST, ("loans", 0), {}),
        (manifest.SELFTEST, ("probabilities",), [0.5]),
        (manifest.CALIBRATION, ("calibration",), {"kind": "isotonic"}),
    ],
)
def test_parts_that_do_not_fit_each_other_are_refused_with_a_reason(
    models_dir: Path, name: str, path: tuple[str | int, ...], value: object
) -> None:
    document = json.loads((models_dir / B / name).read_bytes())
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    rewrite(models_dir / B, {name: json.dumps(document).encode()})
    store.verify(models_dir / B)
    with pytest.raises(CorruptBundleError, match=f"autoverificación|{name}"):
        promote(models_dir, B)
    assert serving(models_dir) == A


def test_a_bundle_that_fails_in_a_way_nobody_thought_of_is_refused_too(
    models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def surprised(_bundle: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("mlops_pipeline.src.model_deploy.Scorer", surprised)
    with pytest.raises(CorruptBundleError, match=r"autoverificación \(ZeroDivisionError\)"):
        promote(models_dir, B)
    assert store.named_by_latest(models_dir) == A


def test_a_version_in_anothers_place_is_refused(models_dir: Path) -> None:
    shutil.rmtree(models_dir / B)
    shutil.copytree(models_dir / C, models_dir / B)
    with pytest.raises(CorruptBundleError, match=f"otra versión: «{C}»"):
        promote(models_dir, B)
    assert serving(models_dir) == A


@pytest.mark.parametrize(
    "target", ["/etc", "../elsewhere", "v20200101_000000", ".", "v20261399_000000"]
)
def test_a_foreign_or_dangling_latest_is_said_and_mended(models_dir: Path, target: str) -> None:
    promote(models_dir, B)
    link = models_dir / store.LATEST
    link.unlink()
    link.symlink_to(target)
    with pytest.raises(CorruptBundleError, match="enlace relativo"):
        ModelDeployment.load(models_dir)
    ModelDeployment.rollback(models_dir, CHANGE)
    assert serving(models_dir) == B  # the last that served


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_latest_that_is_no_link_is_not_overwritten(models_dir: Path, kind: str) -> None:
    link = models_dir / store.LATEST
    link.unlink()
    if kind == "file":
        link.write_text(A)
    else:
        link.mkdir()
    with pytest.raises(CorruptBundleError, match="enlace relativo"):
        ModelDeployment.load(models_dir)
    with pytest.raises(PublishError, match="enlace relativo"):
        promote(models_dir, B)
    assert len(changes(models_dir)) == 1
    assert not hidden(models_dir)


def test_a_version_that_is_a_link_to_elsewhere_is_none(models_dir: Path, tmp_path: Path) -> None:
    (models_dir / B).rename(tmp_path / "elsewhere")
    (models_dir / B).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CorruptBundleError, match="No existe"):
        promote(models_dir, B)
    assert serving(models_dir) == A


# --- disks -----------------------------------------------------------------------------------


def test_a_read_only_directory_serves_and_refuses_every_change(
    trained: Trained, registry: Path, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "16m") as disk:
        models_dir = shutil.copytree(registry, disk / "models", symlinks=True)
        promote(models_dir, B)
        make_read_only(disk)
        for attempt in (
            lambda: publish(trained, models_dir, 3),
            lambda: promote(models_dir, C),
            lambda: ModelDeployment.rollback(models_dir, CHANGE),
        ):
            with pytest.raises(PublishError, match="solo lectura"):
                attempt()
        assert serving(models_dir) == B
        assert names(models_dir) == [C, B, A]


def fill(disk: Path, spare: int) -> Path:
    """Leave so many bytes of a disk."""
    filler = disk / "filler"
    filler.write_bytes(bytes(max(0, shutil.disk_usage(disk).free - spare)))
    return filler


@pytest.mark.parametrize("spare", [0, 4_096, 40_960])
def test_a_full_disk_leaves_the_last_good_model(
    trained: Trained, registry: Path, tmp_path: Path, spare: int
) -> None:
    with small_disk(tmp_path / "disk", "16m") as disk:
        models_dir = shutil.copytree(registry, disk / "models", symlinks=True)
        before = (models_dir / ledger.LEDGER).read_bytes()
        filler = fill(disk, spare)
        with pytest.raises(PublishError, match="no queda espacio"):
            publish(trained, models_dir, 3)
        assert serving(models_dir) == A
        assert (models_dir / ledger.LEDGER).read_bytes() == before
        assert not hidden(models_dir)
        assert names(models_dir) == [C, B, A]
        filler.unlink()
        assert serving(models_dir) != publish(trained, models_dir, 3, promote=False)


def test_no_change_is_made_that_the_ledger_has_no_room_for(registry: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "16m") as disk:
        models_dir = shutil.copytree(registry, disk / "models", symlinks=True)
        before = (models_dir / ledger.LEDGER).read_bytes()
        fill(disk, 0)
        wordy = ledger.Change(NOW, "prueba", "x" * 10_000)  # more than the file's last page holds
        with pytest.raises(PublishError, match="no queda espacio"):
            ModelDeployment.promote(models_dir, B, wordy)
        assert serving(models_dir) == A
        assert (models_dir / ledger.LEDGER).read_bytes() == before
        assert not hidden(models_dir)


# --- killed processes ------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from mlops_pipeline.src.registry import ledger, store

models_dir, action, function, calls = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
files = store.read_files(store.latest_folder(models_dir))
now = datetime(2026, 11, 23, 13, 15, tzinfo=UTC)
change = ledger.Change(now, "killed")
whole = getattr(os, function)

def killed(*given, **named):
    global calls
    calls -= 1
    if not calls:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(*given, **named)

setattr(os, function, killed)
if action == "publish":
    store.publish(store.reserve(models_dir, now), files, change)
elif action == "promote":
    store.promote(models_dir, "v20261123_121500", change)
else:
    store.rollback(models_dir, change)
"""


def kill(models_dir: Path, action: str, function: str, calls: int) -> None:
    """Do something in a process that is killed at the so-manieth call of a function."""
    with python(KILLED, str(models_dir), action, function, str(calls)) as process:
        process.communicate(timeout=20)
    assert process.returncode == -signal.SIGKILL


WRITTEN = len((*manifest.FILES, manifest.MANIFEST))


@pytest.mark.parametrize(
    ("function", "calls", "published"),
    [
        ("mkdir", 1, False),  # before anything (mkdir of the models directory itself)
        ("mkdir", 2, False),
        ("fsync", 1, False),  # one file written
        ("fsync", WRITTEN, False),  # all files written
        ("fsync", WRITTEN + 1, False),  # the folder written
        ("write", 1, False),  # before the ledger's line
        ("rename", 1, False),  # between the line and the rename
        ("fsync", WRITTEN + 3, True),  # between the rename and the directory's sync
    ],
)
def test_a_publication_that_is_killed_is_there_or_not_but_never_half(
    trained: Trained, models_dir: Path, function: str, calls: int, *, published: bool
) -> None:
    kill(models_dir, "publish", function, calls)
    assert serving(models_dir) == A
    killed = "v20261123_131500"
    assert names(models_dir) == [*([killed] if published else []), C, B, A]
    if published:
        store.verify(models_dir / killed)
    else:
        with pytest.raises(CorruptBundleError, match="No existe"):
            promote(models_dir, killed)
    again = publish(trained, models_dir, 3)
    assert again == (f"{killed}_2" if published else killed)
    assert serving(models_dir) == again
    assert not hidden(models_dir)  # what the killed run left is gone
    assert_chained(models_dir)


@pytest.mark.parametrize("action", ["promote", "rollback"])
@pytest.mark.parametrize(
    ("function", "calls", "done"),
    [
        ("write", 1, False),  # before the ledger's line
        ("fsync", 1, False),  # after it
        ("replace", 1, False),  # between line and link
        ("fsync", 2, True),  # after the link
    ],
)
def test_a_killed_change_leaves_a_sound_latest_and_a_way_back(
    trained: Trained, models_dir: Path, action: str, function: str, calls: int, *, done: bool
) -> None:
    promote(models_dir, B)
    kill(models_dir, action, function, calls)
    target = C if action == "promote" else A
    assert serving(models_dir) == (target if done else B)
    history = ledger.read(models_dir)
    cut_short = ledger.unfinished(history.entries, serving(models_dir))
    assert (cut_short is None) == (done or function == "write")
    if action == "promote" or not done:
        ModelDeployment.rollback(models_dir, CHANGE)
        assert serving(models_dir) == (B if action == "promote" and done else A)
    publish(trained, models_dir, 3)
    assert serving(models_dir) == "v20261123_131500"
    assert not hidden(models_dir)
    assert not ledger.read(models_dir).damaged


UNFINISHED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mlops_pipeline.src.registry import store

reservation = store.reserve(Path(sys.argv[1]), datetime(2026, 11, 23, 13, 15, tzinfo=UTC))
print(reservation.folder.name, flush=True)
sys.stdin.read()
"""


def test_a_living_writers_folder_is_left_alone_and_a_dead_ones_removed(models_dir: Path) -> None:
    with python(UNFINISHED, str(models_dir)) as writer:
        assert writer.stdout is not None
        theirs = writer.stdout.readline().strip()
        ours = store.reserve(models_dir, LATER)
        assert hidden(models_dir).count(theirs) == 1
        assert ours.version == "v20261123_131500_2"
        discard(ours)
        writer.kill()
    assert hidden(models_dir) == [theirs]
    discard(store.reserve(models_dir, LATER + timedelta(hours=1)))
    assert not hidden(models_dir)


def test_what_was_left_without_a_lock_is_removed_and_what_is_not_ours_is_kept(
    models_dir: Path,
) -> None:
    (models_dir / ".v20261123_090000.partial").mkdir()
    (models_dir / ".v20261123_090001.partial").symlink_to("/etc")
    (models_dir / ".v20261123_090002.partial" / manifest.MANIFEST).mkdir(parents=True)
    (models_dir / ".latest.0123").symlink_to(B)
    (models_dir / ".latest.notes").touch()
    (models_dir / ".git").mkdir()
    discard(store.reserve(models_dir, LATER))
    assert sorted(hidden(models_dir)) == [
        ".git",
        ".latest.notes",
        ".v20261123_090001.partial",
        ".v20261123_090002.partial",
    ]


def test_a_reservation_that_cannot_be_locked_leaves_nothing(
    models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Path.mkdir

    def full(path: Path, mode: int = 0o777, **options: bool) -> None:
        whole(path, mode, **options)
        if path.name.endswith(".partial"):
            (path / manifest.MANIFEST).mkdir()  # stands in the file's way

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(PublishError, match="ya existe"):
        store.reserve(models_dir, LATER)
    assert not hidden(models_dir)


# --- many at once ----------------------------------------------------------------------------

CONTENDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mlops_pipeline.src.registry import ledger, store

models_dir, versions = Path(sys.argv[1]), sys.argv[2:]
now = datetime(2026, 11, 23, 13, 15, tzinfo=UTC)
change = ledger.Change(now, "contender")
files = store.read_files(store.latest_folder(models_dir))
print("ready", flush=True)
sys.stdin.readline()
store.publish(store.reserve(models_dir, now), files, change)
made = [store.promote(models_dir, version, change) for version in versions * 15]
print(sum(entry is not None for entry in made))
"""


def test_concurrent_promotions_leave_a_sound_latest_and_a_whole_ledger(models_dir: Path) -> None:
    orders = ([A, B, C], [C, B, A], [B, A, C], [C, A, B])
    contenders = [python(CONTENDER, str(models_dir), *order) for order in orders]
    for contender in contenders:
        assert contender.stdout is not None
        assert contender.stdout.readline() == "ready\n"
    for contender in contenders:
        assert contender.stdin is not None
        contender.stdin.write("go\n")
        contender.stdin.flush()
    seen = set()
    while any(contender.poll() is None for contender in contenders):
        seen.add(ModelDeployment.load(models_dir).metadata.version)
    made = 0
    for contender in contenders:
        out, _ = contender.communicate(timeout=20)
        assert contender.returncode == 0
        made += int(out)
    assert seen <= {A, B, C}
    assert len(changes(models_dir)) == 1 + made
    assert_chained(models_dir)
    assert serving(models_dir) in {A, B, C}
    assert len(names(models_dir)) == 3 + len(orders)
    assert not hidden(models_dir)


def test_a_registry_that_is_busy_for_too_long_is_said(
    trained: Trained, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "LOCK_SECONDS", 0.05)
    reservation = store.reserve(models_dir, LATER)
    with ledger.locked(models_dir):
        for attempt in (
            lambda: publish(trained, models_dir, 4),
            lambda: promote(models_dir, B),
            lambda: store.publish(reservation, store.read_files(models_dir / A), CHANGE),
        ):
            with pytest.raises(PipelineError, match="Otro proceso"):
                attempt()
    assert serving(models_dir) == A
    assert not hidden(models_dir)
