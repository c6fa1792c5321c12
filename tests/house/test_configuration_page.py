"""docs/configuration.md lists what the code reads, no more and no less, with the same defaults."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READERS = {"text", "flag", "number", "listed", "is_embedded"}
# Not ours to configure: how Django finds its settings, and the system's search path.
FOREIGN = {"DJANGO_SETTINGS_MODULE", "PATH", "NO_COLOR"}


def in_code() -> dict[str, object]:
    """Variable → literal default, or ... where it is computed."""
    found: dict[str, object] = {}
    for path in (ROOT / "socialcrm").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant):
                name, rest = call.args[0], call.args[1:]
                is_reader = isinstance(call.func, ast.Name) and call.func.id in READERS
                if (is_reader or ast.unparse(call.func) == "os.environ.get") and str(name.value).isupper():
                    default = rest[0].value if rest and isinstance(rest[0], ast.Constant) else ...
                    found[str(name.value)] = found.get(str(name.value), default)
    return {name: default for name, default in found.items() if name not in FOREIGN}


def on_page() -> dict[str, str]:
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", (ROOT / "docs/configuration.md").read_text(), re.M)
    return {name: default.strip().strip("`") for name, default in rows}


def test_the_page_lists_every_variable_and_no_other():
    assert on_page().keys() == in_code().keys()


def test_the_page_gives_the_defaults_that_the_code_has():
    page = on_page()
    for name, default in in_code().items():
        if isinstance(default, bool | int) or (isinstance(default, str) and default):
            assert page[name] == str(int(default) if isinstance(default, bool) else default), name
