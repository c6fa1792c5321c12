"""The plain baseline: the record linkage toolkit's standard recipe (https://recordlinkage.readthedocs.io/).

Candidates by blocking and sorted neighbourhood, Jaro-Winkler on names, handles and addresses, exact comparison of dates
and places, the sum of it against a threshold. It is given the best threshold that there is for each set of records, and
for handles the best one on the dev split.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import structlog

try:
    import pandas
    import recordlinkage
except ImportError:  # it is for development alone
    pandas = recordlinkage = None

log = structlog.get_logger(__name__)

is_there = recordlinkage is not None
if is_there:
    recordlinkage.logging.set_verbosity(recordlinkage.logging.WARN)
Row = Mapping[str, str]
Pair = tuple[int, int]
_CUTS = [cut / 100 for cut in range(50, 101)]


def say_so() -> None:
    """Tell that there is nothing to compare with."""
    log.warning("no_baseline", remedy="pip install recordlinkage")


def records(rows: Sequence[Row], true: Collection[Pair]) -> set[Pair]:
    """Pairs of records, by position, that the recipe links; with the threshold that fits this set best."""
    table = pandas.DataFrame([{k: v or None for k, v in row.items()} for row in rows])
    index = recordlinkage.Index()
    index.block("given_name")
    index.block("surname")
    index.sortedneighbourhood("surname", window=9)
    compare = recordlinkage.Compare()
    compare.string("given_name", "given_name", method="jarowinkler", threshold=0.85)
    compare.string("surname", "surname", method="jarowinkler", threshold=0.85)
    compare.exact("date_of_birth", "date_of_birth")
    compare.exact("postcode", "postcode")
    compare.string("suburb", "suburb", method="jarowinkler", threshold=0.85)
    compare.string("address_1", "address_1", method="jarowinkler", threshold=0.85)
    sums = compare.compute(index.index(table), table).sum(axis=1)
    return _best(sums, true, [1, 2, 3, 4, 5, 6])


def accounts(table: Sequence[tuple[int, str, str]], true: Collection[Pair]) -> set[Pair]:
    """Pairs of accounts (id, name, handle) that the recipe links; with the threshold that fits this set best."""
    frame = pandas.DataFrame(
        [{"name": name.lower() or None, "handle": _bare(handle)} for _, name, handle in table],
        index=[pk for pk, _, _ in table],
    )
    frame["last"] = frame["name"].str.split().str[-1]
    index = recordlinkage.Index()
    index.block("last")
    index.sortedneighbourhood("name", window=9)
    index.sortedneighbourhood("handle", window=9)
    compare = recordlinkage.Compare()
    compare.string("name", "name", method="jarowinkler")
    compare.string("handle", "handle", method="jarowinkler")
    best = compare.compute(index.index(frame), frame).max(axis=1)
    return _best(best, true, _CUTS)


def _best(sums: Any, true: Collection[Pair], cuts: Sequence[float]) -> set[Pair]:
    wanted = set(true)
    pairs = {tuple(sorted(pair)): value for pair, value in sums.items()}

    def f1(cut: float) -> float:
        said = {pair for pair, value in pairs.items() if value >= cut}
        return 2 * len(said & wanted) / (len(said) + len(wanted))

    cut = max(cuts, key=f1)
    return {(int(pair[0]), int(pair[1])) for pair, value in pairs.items() if value >= cut}


def handle_cut(rows: Sequence[Row], shown: str) -> float | None:
    """The threshold on Jaro-Winkler that fits these pairs best."""
    if not is_there or not rows:
        return None
    alike = _alike(rows, shown)
    true = [row["same_person"] == "1" for row in rows]

    def f1(cut: float) -> float:
        right = sum(value >= cut and one for value, one in zip(alike, true, strict=True))
        return 2 * right / (sum(value >= cut for value in alike) + sum(true))

    return max(_CUTS, key=f1)


def handles(rows: Sequence[Row], shown: str, cut: float) -> set[int]:
    """The pairs, by position, that are alike enough."""
    return {number for number, value in enumerate(_alike(rows, shown)) if value >= cut}


def _alike(rows: Sequence[Row], shown: str) -> list[float]:
    frame = pandas.DataFrame(
        {
            "handle_a": [_bare(row["handle_a"]) for row in rows],
            "handle_b": [_bare(row["handle_b"]) for row in rows],
            "name_a": [row["name_a"].lower() for row in rows],
            "name_b": [row["name_b"].lower() for row in rows],
            "squeezed": [_bare(row["name_a"]) for row in rows],
        }
    )
    pairs = pandas.MultiIndex.from_arrays([frame.index, frame.index])
    compare = recordlinkage.Compare()
    compare.string("handle_a", "handle_b", method="jarowinkler")
    if shown == "both names":
        compare.string("name_a", "name_b", method="jarowinkler")
    if shown == "one name":
        compare.string("squeezed", "handle_b", method="jarowinkler")
    # Either tells; of both names the names tell more.
    found = compare.compute(pairs, frame)
    return list(found.iloc[:, 1] if shown == "both names" else found.max(axis=1))


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower().rstrip("/").rsplit("/", 1)[-1])
