import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from socialcrm.scripts import FormError, ScriptFinder


@pytest.fixture
def bundled(tmp_path, settings):
    """What becomes of modules with these texts."""
    settings.BASE_DIR, settings.VAR_DIR = tmp_path, tmp_path / "var"
    folder = tmp_path / "static" / "js"
    folder.mkdir(parents=True)

    def write(**modules):
        for name, text in modules.items():
            (folder / f"{name}.js").write_text(text)
        return Path(ScriptFinder().find("js/app.js")).read_text()

    return write


def test_modules_take_from_each_other_what_they_export(bundled):
    text = bundled(
        main='import { a, b as c } from "./one.js";\nimport "./two.js";\na(c);\n',
        one="// Says why.\nexport const b = 1;\nexport function a(n) {\n  return n;\n}\n",
        two='import { a } from "./one.js";\na(2);\n',
    )
    assert text == (
        "const $one = (() => {\nconst b = 1;\nfunction a(n) {\nreturn n;\n}\nreturn { b, a };\n})();\n"
        "(() => {\nconst { a } = $one;\na(2);\n})();\n"
        "(() => {\nconst { a, b: c } = $one;\na(c);\n})();\n"
    )


@pytest.mark.parametrize(
    "modules",
    [
        {"main": 'import "./one.js";\n', "one": 'import "./main.js";\n'},
        {"main": "export default 1;\n"},
        {"main": "export let changing = 1;\n"},
        {"main": 'import * as one from "./one.js";\n', "one": ""},
    ],
    ids=["circle", "default", "changing", "namespace"],
)
def test_what_would_behave_otherwise_in_one_file_is_refused(bundled, modules):
    with pytest.raises(FormError):
        bundled(**modules)


def test_what_every_page_loads_of_our_scripts_is_short():
    loaded = [Path(finders.find(name)).read_bytes() for name in ("js/app.js", "js/theme.js")]
    assert sum(len(gzip.compress(text)) for text in loaded) <= 40_000


def test_what_is_loaded_apart_does_not_start_a_second_one_of_what_keeps_state():
    whole = {part.name for part in ScriptFinder().parts()}
    folder = ScriptFinder().source
    apart = [part for part in folder.glob("*.js") if part.name not in whole]
    imported = {name for part in apart for name in re.findall(r'from "\./([\w-]+\.js)"', part.read_text())}
    # These keep none.
    assert imported & whole <= {"words.js", "chips.js"}
