"""Judges what ovbpclient does with data: cleaners, workbooks, series, exports, analyses."""

from __future__ import annotations

import tempfile

from judge import Judge
from openergy_analyses import judge_analyses
from openergy_cleaners import judge_cleaners
from openergy_series import judge_series
from openergy_stage import staged
from ovbpclient import Client


def judge_all(judge: Judge, client: Client) -> None:
    """Everything, on a project of its own that goes again."""
    project = client.organizations.list_all()[0].create_project("Judge of data")
    with tempfile.TemporaryDirectory() as folder:
        stage = staged(judge, client, project, folder)
        judge_cleaners(stage)
        judge_series(stage)
        judge_analyses(stage)
    project.delete()
