"""Judges a cleaner's workbook: what is in it, and what importing it writes."""

from __future__ import annotations

import json
import os
from typing import Any

import openpyxl
from openergy_stage import DOUBLE, Stage, said
from openpyxl.utils.exceptions import InvalidFileException
from ovbpclient.exceptions import HttpError
from ovbpclient.models.odata.cleaner import excel_to_unitcleaners_data


def judge_workbooks(stage: Stage) -> None:
    """Out, unmarked in, marked in."""
    _exported(stage)
    _imported(stage)


def _exported(stage: Stage) -> None:
    judge, cleaner = stage.judge, stage.cleaner
    cleaner.create_unitcleaner("a", "a clean", operation_fct=DOUBLE)
    path = _book(stage)
    judge.right(
        "Cleaner.export_configuration_to_excel",
        lambda: [cleaner.export_configuration_to_excel(path), _cells(path)],
        lambda saw: (
            saw[1]
            == {
                "B2": "Judge of data",
                "B3": "data",
                "A8": "a",
                "B8": "a clean",
                "C8": None,
                "E8": "1H",
                "Q8": DOUBLE,
                "A9": "b",
                "B9": None,
                "A10": "meter",
            }
        ),
    )
    judge.wrong(
        "Cleaner.export_configuration_to_excel",
        lambda: cleaner.export_configuration_to_excel(f"{stage.folder}/none/book.xlsx"),
        raises=FileNotFoundError,
    )
    judge.right(
        "cleaner.excel_to_unitcleaners_data",
        lambda: excel_to_unitcleaners_data(path),
        lambda rows: rows == [],
    )


def _imported(stage: Stage) -> None:
    """Marked rows only, and of those only what differs."""
    judge, cleaner = stage.judge, stage.cleaner
    path = _book(stage)
    _mark(
        path,
        {
            "C8": "x",
            "K8": "the room",
            "C9": "x",
            "E9": "2H",
            "F9": "instantaneous",
            "G9": "left",
            "H9": "tzt",
            "I9": "Europe/Paris",
        },
    )
    judge.right(
        "cleaner.excel_to_unitcleaners_data",
        lambda: excel_to_unitcleaners_data(path),
        lambda rows: (
            [(r["external_name"], r["label"], r["freq"]) for r in rows]
            == [("a", "the room", "1H"), ("b", "", "2H")]
        ),
    )
    judge.wrong(
        "cleaner.excel_to_unitcleaners_data",
        lambda: excel_to_unitcleaners_data(__file__),
        raises=InvalidFileException,
    )
    judge.right(
        "Cleaner.configure_from_excel",
        lambda: [_writes(stage, path), _writes(stage, path)],
        lambda sent: sent == [["PATCH label", "POST unitcleaners"], []],
    )
    judge.right(
        "Cleaner.list_all_unitcleaners",
        cleaner.list_all_unitcleaners,
        lambda rows: (
            [(row.name, row.label, row.freq) for row in rows]
            == [("a clean", "the room", "1H"), ("b", "", "2H")]
        ),
    )
    _mark(path, {"H9": "noon"})
    judge.wrong(
        "Cleaner.configure_from_excel",
        lambda: cleaner.configure_from_excel(path),
        said(400, "clock"),
        raises=HttpError,
    )
    for unit in cleaner.list_all_unitcleaners():
        unit.delete()


def _book(stage: Stage) -> str:
    return os.path.join(stage.folder, "book.xlsx")  # noqa: PTH118


def _cells(path: str) -> dict[str, Any]:
    sheet = openpyxl.load_workbook(path)["Series"]
    names = ("B2", "B3", "A8", "B8", "C8", "E8", "Q8", "A9", "B9", "A10")
    return {name: sheet[name].value for name in names}


def _mark(path: str, cells: dict[str, str]) -> None:
    book = openpyxl.load_workbook(path)
    for name, value in cells.items():
        book["Series"][name].value = value
    book.save(path)


def _writes(stage: Stage, path: str) -> list[str]:
    """What importing a workbook writes: `PATCH` with the fields, or `POST`."""
    sent: list[str] = []

    def note(response: Any, *_arguments: Any, **_options: Any) -> None:
        request = response.request
        if request.method == "PATCH":
            sent.append(f"PATCH {', '.join(json.loads(request.body))}")
        elif request.method == "POST":
            sent.append(f"POST {request.path_url.strip('/').rpartition('/')[2]}")

    hooks = stage.client.rest_client.session.hooks["response"]
    hooks.append(note)
    stage.cleaner.configure_from_excel(path)
    hooks.remove(note)
    return sent
