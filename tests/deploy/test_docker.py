"""The compose file is held against the published schema, and the image against the house. No
Docker engine is asked: neither file was built here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker" / "compose.yaml"


def test_the_compose_file_obeys_the_published_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, str(COMPOSE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("service", ["web", "worker", "beat", "database", "redis"])
def test_the_compose_file_runs_every_part_of_production(service: str) -> None:
    assert service in YAML(typ="safe").load(COMPOSE)["services"]


def test_the_image_is_made_of_folders_that_exist() -> None:
    lines = (ROOT / "docker" / "Dockerfile").read_text().splitlines()
    copied = [
        line.split()[1] for line in lines if line.startswith("COPY ") and "--from" not in line
    ]
    assert copied
    assert all((ROOT / name).exists() for name in copied)
