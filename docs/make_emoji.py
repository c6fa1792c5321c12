"""Makes static/vendor/emoji/emoji.txt of emojibase-data: `npm pack emojibase-data@17.0.0`, unpack, then run this with
the folder `package`.

A line is an emoji, its name in English, its name in German, and a few other words for it; `#` and a number begins a
group.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COMPONENTS, SYMBOLS, FLAGS = 2, 8, 9
TAGS = 2


def lines(english: dict[str, Any], german: dict[str, Any]) -> Iterator[str]:
    group = None
    for code, one in sorted(english.items(), key=lambda pair: pair[1].get("order", 0)):
        if one.get("group", COMPONENTS) == COMPONENTS:
            continue
        if one["group"] != group:
            group = one["group"]
            yield f"#{group}"
        names = [one["label"].lower(), german.get(code, one)["label"].lower()]
        both = () if group in (SYMBOLS, FLAGS) else (one, german.get(code, {}))
        words = [word for each in both for word in tags(each, names)]
        yield "\t".join([one["emoji"], *names, " ".join(dict.fromkeys(words))]).rstrip("\t")


def tags(one: dict[str, Any], names: list[str]) -> list[str]:
    said = " ".join(names)
    return [tag for tag in one.get("tags", []) if tag not in said and " " not in tag][:TAGS]


def read(package: Path, language: str) -> dict[str, Any]:
    found = json.loads((package / language / "data.json").read_text(encoding="utf-8"))
    return {one["hexcode"]: one for one in found}


if __name__ == "__main__":
    source = Path(sys.argv[1])
    made = "\n".join(lines(read(source, "en"), read(source, "de"))) + "\n"
    (Path(__file__).parents[1] / "static/vendor/emoji/emoji.txt").write_text(made, encoding="utf-8")
