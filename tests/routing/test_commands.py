import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from routing import trials, versions

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db


@pytest.fixture
def table(tmp_path):
    def write(*messages, header=("id", "text", "department", "alt_department")):
        path = tmp_path / "messages.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *messages])
        return str(path)

    return write


def run(*arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_route_prints_one_object_a_row_in_order(table):
    path = table(*([n, f"where is my order {'?' * (n % 3)}", "", ""] for n in range(1203)), [0, "x" * 200_000, "", ""])
    lines = run("route", path, "--json")[0].splitlines()
    assert len(lines) == 1204
    first = json.loads(lines[0])
    assert {"department", "confidence", "probabilities", "contributors", "evidence"} <= first.keys()
    assert sum(first["probabilities"].values()) == pytest.approx(1)
    assert "noise" in first["probabilities"]


def test_route_reads_one_text():
    assert run("route", "--text", "my order never arrived, please help")[0].startswith("support")


def test_route_reads_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"text\nwhat does it cost?\n")))
    assert run("route", "-")[0].startswith("sales")


def test_route_uses_the_published_rules():
    asked = {"field": "text", "op": "contains", "value": "invoice"}
    rule = {"name": "Invoices", "on": True, "conditions": asked, "actions": {"owner": "finance"}}
    versions.publish([rule], {}, by=None, reason="")
    decision = json.loads(run("route", "--json", "--text", "my invoice")[0])
    assert (decision["department"], decision["source"]) == ("finance", "rule")


def test_route_works_without_a_database(tmp_path):
    nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    outcome = subprocess.run(
        [sys.executable, "manage.py", "route", "--text", "what does it cost?"],
        cwd=ROOT,
        env=os.environ | nowhere | {"SOCIALCRM_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.stdout.startswith("sales") and "no rules were used" in outcome.stderr


@pytest.mark.parametrize("arguments", [[], ["a.csv", "--text", "b"]])
def test_route_wants_either_a_file_or_a_text(arguments):
    with pytest.raises(CommandError, match="either a CSV file"):
        run("route", *arguments)


@pytest.mark.parametrize("command", ["route", "evaluate_router"])
def test_a_missing_column_is_named(command, table):
    with pytest.raises(CommandError, match="no column “text”"):
        run(command, table([1], header=["id"]))


def test_evaluate_router_prints_all_figures(table):
    path = table(
        [1, "my order never arrived, please help", "support", ""],
        [2, "how much is it and do you ship to Spain?", "sales", ""],
        [3, "I love it 😍", "pr", "marketing"],
    )
    figures = json.loads(run("evaluate_router", path, "--json")[0])
    assert figures["accuracy"] == pytest.approx(2 / 3)
    assert figures["accuracy_with_alternatives"] == 1
    page = run("evaluate_router", path)[0]
    assert "macro-F1" in page and "to triage" in page and "right \\ said" in page


ROWS = [
    [at, f"{text} {said}", department, ""]
    for at, (text, department) in enumerate(
        [("my order never arrived", "support"), ("how much is it", "sales"), ("I love it", "marketing")] * 4
    )
    for said in ("today", "please", "again")
]


def test_evaluate_router_tells_what_corrections_teach_and_what_each_part_adds(table, monkeypatch):
    monkeypatch.setattr(trials, "PARTS", 2)  # each of them is a training
    shipped = trials.read_examples
    monkeypatch.setattr(trials, "read_examples", lambda known: tuple(shipped(known))[::8])
    path = table(*ROWS)
    figures = json.loads(run("evaluate_router", path, "--json", "--learn", "10,9999", "--ablation")[0])
    assert [row["corrections"] for row in figures["learning"]] == [10, len(ROWS) // 2]
    assert all(0 <= row["accuracy"] <= 1 and row["calibration_error"] <= 1 for row in figures["learning"])
    names = [row["parts"] for row in figures["ablation"]]
    assert "encoder" in names and "full: all of them" in names
    assert figures["milliseconds"].keys() == {"quick", "full"}
    page = run("evaluate_router", path, "--learn", "10")[0]
    assert "corrections" in page and "surest half" in page


def test_too_few_messages_teach_nothing(table):
    with pytest.raises(CommandError, match="too few"):
        run("evaluate_router", table(*ROWS[:5]), "--ablation")


def test_how_many_corrections_is_a_number(table):
    with pytest.raises(CommandError, match="with commas"):
        run("evaluate_router", table(*ROWS), "--learn", "many")


def test_evaluate_router_measures_the_quick_opinion_as_well(table):
    assert json.loads(run("evaluate_router", table(*ROWS), "--json", "--quick")[0])["accuracy"] > 0.5


def test_a_row_without_a_department_is_named(table):
    with pytest.raises(CommandError, match="row 2 has no department"):
        run("evaluate_router", table([1, "a", "pr", ""], [2, "b", "", ""]))


def test_a_table_without_messages_is_refused(table):
    with pytest.raises(CommandError, match="has no messages"):
        run("evaluate_router", table())


def test_a_threshold_is_a_probability(table):
    with pytest.raises(CommandError, match="between 0 and 1"):
        run("evaluate_router", table(), "--threshold", "60")
