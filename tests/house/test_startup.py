"""What a process need not load to begin, it does not: pages and workers start soon and stay small."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Loads what a process loads, then says which of the large libraries are among it.
LOADS = """
import os, sys, importlib
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socialcrm.settings")
import django
django.setup()
importlib.import_module("{module}")
print(*sorted({{"sklearn", "scipy", "pandas"}} & sys.modules.keys()))
"""


@pytest.mark.parametrize("module", ["socialcrm.urls", "inbox.tasks"])
def test_neither_web_nor_worker_loads_what_only_trainings_need(module):
    command = [sys.executable, "-c", LOADS.format(module=module)]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stdout.strip()) == (0, ""), outcome.stderr
