"""The workflows: every command is one that runs here, no step may fail unseen."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import ROOT

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed (requirements-dev.txt)")

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# A major version, as a tag of that action; nothing that cannot be looked up by eye.
_ACTION = re.compile(r"[\w.-]+/[\w./-]+@v\d+")
_SAYS_SO = re.compile(r'echo "::notice::[^"$`]+"')


class Step(NamedTuple):
    """A step of a workflow, and the job that it belongs to."""

    workflow: str
    job: dict[str, Any]
    said: dict[str, Any]


def workflow(path: Path) -> dict[str, Any]:
    """Read a workflow."""
    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(said, dict)
    return said


def steps() -> Iterator[Step]:
    """Give the steps of all workflows."""
    for path in WORKFLOWS:
        for job in workflow(path)["jobs"].values():
            yield from (Step(path.name, job, said) for said in job["steps"])


def commands(name: str) -> list[str]:
    """Give what a workflow runs, in its order."""
    return [step.said["run"] for step in steps() if step.workflow == name and "run" in step.said]


def triggers(path: Path) -> dict[str, Any]:
    """Give what starts a workflow; YAML 1.1 reads the key `on` as a truth value."""
    said: dict[object, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = said[True]
    assert isinstance(found, dict)
    return found


def test_there_are_the_two() -> None:
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "sonarcloud.yml"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_each_runs_on_the_three_branches_and_on_pull_requests(path: Path) -> None:
    found = triggers(path)
    assert found["push"] == {"branches": ["main", "developer", "certification"]}
    assert "pull_request" in found
    assert workflow(path)["permissions"] == {"contents": "read"}


@pytest.mark.parametrize(
    "command", sorted({step.said["run"] for step in steps() if "run" in step.said})
)
def test_each_command_is_one_that_runs_here(command: str) -> None:
    if _SAYS_SO.fullmatch(command):
        return
    if (ROOT / command.removeprefix("bash ")).is_file():
        subprocess.run(["bash", "-n", command.removeprefix("bash ")], cwd=ROOT, check=True)
        return
    program, target = command.split()
    assert program == "make"
    # Makes nothing, and fails where there is no such target.
    subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)


def test_no_step_fails_unseen() -> None:
    for step in steps():
        assert not {"continue-on-error", "shell"} & (step.said.keys() | step.job.keys()), step
        assert "||" not in step.said.get("run", ""), step


def test_only_the_scan_may_be_skipped_and_then_a_step_says_so() -> None:
    conditions = {step.said["name"]: step.said["if"] for step in steps() if "if" in step.said}
    assert conditions == {
        "SonarCloud": "env.HAS_TOKEN == 'true'",
        "No scan": "env.HAS_TOKEN != 'true'",
    }


def test_actions_are_pinned_to_a_major_version() -> None:
    used = {step.said["uses"] for step in steps() if "uses" in step.said}
    assert all(_ACTION.fullmatch(action) for action in used), used
    assert "SonarSource/sonarqube-scan-action" in {action.partition("@")[0] for action in used}


def test_the_token_goes_to_the_scan_alone() -> None:
    for step in steps():
        in_env = "secrets.SONAR_TOKEN }}" in str(step.said)
        assert in_env == (step.said.get("name") == "SonarCloud")


def test_sonarcloud_runs_what_makes_the_reports_before_the_scan() -> None:
    assert commands("sonarcloud.yml")[:3] == ["make install", "make lint", "make unit"]
    made = "".join(
        subprocess.run(
            ["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
        for target in ("lint", "unit")
    )
    said = properties()
    assert "--cov-report=xml" in made
    assert said["sonar.python.coverage.reportPaths"] == "coverage.xml"
    for tool in ("pylint", "flake8"):
        assert said[f"sonar.python.{tool}.reportPaths"] in made


def test_what_sonar_reads_exists() -> None:
    said = properties()
    for key in ("sonar.sources", "sonar.tests"):
        assert all((ROOT / name).exists() for name in said[key].split(",")), said[key]
    assert said["sonar.organization"].startswith("SU-"), "a placeholder, as the README says"


def properties() -> dict[str, str]:
    """Read SonarCloud's settings."""
    lines = (ROOT / "sonar-project.properties").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)
