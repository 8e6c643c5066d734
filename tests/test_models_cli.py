"""`python -m mlops_pipeline models ...`: what an operator reads, and the exit status."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlops_pipeline import cli, models_cli
from mlops_pipeline.src.registry import ledger, manifest, store
from tests.conftest import ROOT, Trained
from tests.src.registry.support import A, B, C, changes, publish, serving, three_versions

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def registry(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Versions A, B and C; A serves. Not to be changed."""
    return three_versions(trained, tmp_path_factory.mktemp("registry") / "models")


@pytest.fixture
def models_dir(registry: Path, tmp_path: Path) -> Path:
    """A copy of them, to be changed and damaged."""
    return shutil.copytree(registry, tmp_path / "models", symlinks=True)


def models(models_dir: Path, action: str, *options: str) -> int:
    return cli.main(["models", action, *options, "--models-dir", str(models_dir)])


def break_model(models_dir: Path, version: str) -> None:
    (models_dir / version / manifest.MODEL).write_bytes(b"")


def test_the_list_names_version_moment_model_and_what_serves(
    models_dir: Path, capsys: Capture
) -> None:
    break_model(models_dir, B)
    assert models(models_dir, "list") == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert [line.split()[0] for line in lines] == [C, B, A]
    assert "2026-11-23 12:15:00 UTC" in lines[0]
    assert "DAÑADA" in lines[1]
    assert ["en servicio" in line for line in lines] == [False, False, True]
    assert not shown.err


def test_an_empty_registry_has_nothing_to_list_nor_to_verify(
    tmp_path: Path, capsys: Capture
) -> None:
    assert models(tmp_path / "absent", "list") == 0
    assert "No hay versiones" in capsys.readouterr().out
    assert models(tmp_path / "absent", "verify") == 1
    assert "No hay versiones" in capsys.readouterr().err
    assert models(tmp_path / "absent", "rollback") == 1
    assert not (tmp_path / "absent").exists()


def test_the_list_warns_of_a_torn_ledger_a_cut_change_and_a_foreign_link(
    models_dir: Path, capsys: Capture
) -> None:
    with (models_dir / ledger.LEDGER).open("ab") as stream:
        stream.write(b'{"when": "2026')
    link = models_dir / store.LATEST
    link.unlink()
    link.symlink_to("/etc")
    assert models(models_dir, "list") == 0
    said = capsys.readouterr().err
    assert "líneas ilegibles, que se omiten: 5." in said
    assert f"hacia {A}, pero latest señala nada válido" in said
    assert "enlace relativo" in said


def test_the_list_warns_of_a_publication_that_was_cut_short(
    models_dir: Path, capsys: Capture
) -> None:
    assert models(models_dir, "list") == 0
    assert not capsys.readouterr().err
    shutil.rmtree(models_dir / C)  # as if killed between the ledger's line and the rename
    assert models(models_dir, "list") == 0
    said = capsys.readouterr().err
    assert f"se publicó {C}, y no está" in said
    assert B not in said


def test_show_tells_the_model_its_data_and_its_history(models_dir: Path, capsys: Capture) -> None:
    assert models(models_dir, "promote", B, "--motivo", "piloto de mayo") == 0
    capsys.readouterr()
    assert models(models_dir, "show", B) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"{B}: ")
    assert "(en servicio)" in shown.splitlines()[0]
    assert "Contiene filas de clientes: no." in shown
    document, _ = json.JSONDecoder().raw_decode(shown[shown.index("{") :])
    assert document["version"] == B
    assert document["data"]["file"] == "cartera.csv"
    assert f"promoción  {A} → {B}  (piloto de mayo)" in shown
    assert f"publicación  {B}\n" in shown
    assert models(models_dir, "show", C) == 0
    assert "(en servicio)" not in capsys.readouterr().out


def test_verify_recomputes_hashes_and_self_test(models_dir: Path, capsys: Capture) -> None:
    assert models(models_dir, "verify") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"{version}: íntegra (SHA-256 y 64 préstamos de autoverificación)" for version in (C, B, A)
    ]
    break_model(models_dir, B)
    assert models(models_dir, "verify", A) == 0
    assert models(models_dir, "verify", B) == 1
    assert models(models_dir, "verify") == 1
    assert f"{B}: DAÑADA: " in capsys.readouterr().out


def test_verify_fails_where_only_latest_is_wrong(models_dir: Path, capsys: Capture) -> None:
    (models_dir / store.LATEST).unlink()
    assert models(models_dir, "verify") == 0  # nothing serves; every version is sound
    (models_dir / store.LATEST).symlink_to("v20200101_000000")
    assert models(models_dir, "verify") == 1
    assert "latest: DAÑADA: " in capsys.readouterr().out


def test_promote_and_rollback_say_what_serves(models_dir: Path, capsys: Capture) -> None:
    assert models(models_dir, "promote", C) == 0
    assert f"En servicio: {C} (antes: {A})" in capsys.readouterr().out
    assert models(models_dir, "promote", C) == 0
    assert "ya está en servicio" in capsys.readouterr().out
    assert models(models_dir, "rollback") == 0
    assert f"En servicio: {A} (antes: {C})" in capsys.readouterr().out
    assert models(models_dir, "rollback") == 1
    assert "No hay una versión anterior" in capsys.readouterr().err
    assert serving(models_dir) == A
    assert [entry.action for entry in changes(models_dir)] == ["promote", "promote", "rollback"]
    assert changes(models_dir)[-1].who == models_cli.current_user()


@pytest.mark.parametrize("action", ["show", "verify", "promote"])
@pytest.mark.parametrize("version", ["../../etc", "latest", "v1"])
def test_what_is_no_versions_name_is_a_bad_argument(
    models_dir: Path, capsys: Capture, action: str, version: str
) -> None:
    assert models(models_dir, action, version) == 2
    shown = capsys.readouterr()
    assert f"«{version}» no es una versión" in shown.err
    assert not shown.out
    assert serving(models_dir) == A


@pytest.mark.parametrize("action", ["show", "verify", "promote"])
def test_a_version_that_is_not_there_cannot_be_shown(
    models_dir: Path, capsys: Capture, action: str
) -> None:
    assert models(models_dir, action, "v20300101_000000") == 1
    assert "No existe la versión v20300101_000000" in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["burn"], ["promote"], ["list", "x"], ["show"]])
def test_bad_arguments_end_with_status_2(options: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["models", *options])
    assert ended.value.code == 2
    assert capsys.readouterr().err


def test_client_rows_need_a_flag(trained: Trained, models_dir: Path, capsys: Capture) -> None:
    version = publish(trained, models_dir, 3, promote=False, contains_client_rows=True)
    assert models(models_dir, "promote", version) == 1
    assert "--permitir-filas" in capsys.readouterr().err
    assert serving(models_dir) == A
    assert models(models_dir, "promote", version, "--permitir-filas") == 0
    assert serving(models_dir) == version


def test_a_user_without_a_name_signs_with_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert models_cli.current_user() == f"uid {os.getuid()}"


def test_the_real_command_reads_the_setting(models_dir: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mlops_pipeline", "models", "verify"],
        cwd=ROOT,
        env={**os.environ, "MODELS_DIR": str(models_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("íntegra") == 3
