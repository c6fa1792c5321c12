import subprocess
import sys
import threading

import numpy as np
import pytest

from routing import artefact
from routing.artefact import BadArtefact
from routing.classifier import Model
from routing.wordtable import WordTable

TEXTS = ["My parcel is late, where is it?", "love it 😍", "", "LOVE it!!", "Was kostet das?", "退款什么时候到账"]


def test_probabilities_sum_to_one(model):
    probabilities = model.score(TEXTS).probabilities
    assert probabilities.shape == (len(TEXTS), len(model.departments))
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(len(TEXTS)))


def test_no_texts_have_no_scores(model):
    assert model.score([]).probabilities.shape == (0, len(model.departments))


def test_a_forgetful_table_gives_the_same_scores(model):
    weights = artefact.read()
    forgetful = Model(weights)
    forgetful._table = WordTable(weights, most_words=3)
    for text in TEXTS:
        assert forgetful.score([text]).probabilities == pytest.approx(model.score([text]).probabilities)


def test_threads_share_a_model(model):
    expected = model.score(TEXTS).probabilities
    fresh, wrong = Model.load(), []

    def work():
        for _ in range(20):
            if not np.allclose(fresh.score(TEXTS).probabilities, expected):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_who_is_named_and_which_number_makes_no_difference(model):
    first, second = model.score(
        ["@alice flight 4711 http://a.b/c is late", "@bob flight 12 https://x.y is late"]
    ).probabilities
    assert first == pytest.approx(second)


def test_the_product_needs_no_scikit_learn():
    code = (
        "import sys, routing.engine, routing.model; routing.model.load(); "
        "sys.exit(any(name.split('.')[0] in ('sklearn', 'scipy', 'django') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_model_is_small():
    assert sum(path.stat().st_size for path in artefact.FOLDER.iterdir() if path.is_file()) < 3 * 2**20


def test_a_missing_or_damaged_model_is_named(tmp_path):
    with pytest.raises(BadArtefact, match="train_router"):
        Model.load(tmp_path)
    artefact.write(artefact.read(), tmp_path)
    (tmp_path / "weights.npz").write_bytes(b"PK\3\4 damaged")
    with pytest.raises(BadArtefact, match="train_router"):
        Model.load(tmp_path)


def test_what_is_written_is_read_back(tmp_path, model):
    assert artefact.write(artefact.read(), tmp_path) < 3 * 2**20
    again = Model.load(tmp_path)
    assert again.version == model.version
    assert again.score(TEXTS).probabilities == pytest.approx(model.score(TEXTS).probabilities)
