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
    assert artefact.FILE.stat().st_size < 3 * 2**20


def test_a_missing_or_damaged_model_is_named(tmp_path):
    with pytest.raises(BadArtefact, match="train_router"):
        Model.load(tmp_path / "model.npz")
    whole = artefact.FILE.read_bytes()
    for damaged in (b"", b"PK\3\4 damaged", whole[:5000], whole[:-100], b"{}" + whole):
        (tmp_path / "model.npz").write_bytes(damaged)
        with pytest.raises(BadArtefact, match="train_router"):
            Model.load(tmp_path / "model.npz")


@pytest.mark.parametrize("blob", [b"", b"\0" * 100, b"PK\3\4", b"PK\5\6" + b"\0" * 18])
def test_bytes_that_are_no_model_are_refused(blob):
    with pytest.raises(BadArtefact, match="Train it again"):
        artefact.loads(blob)


def test_what_is_written_is_read_back(tmp_path, model):
    assert artefact.write(artefact.read(), tmp_path / "model.npz") < 3 * 2**20
    again = Model.load(tmp_path / "model.npz")
    assert again.version == model.version
    assert again.score(TEXTS).probabilities == pytest.approx(model.score(TEXTS).probabilities)


def test_the_full_opinion_is_the_quick_one_and_what_the_encoder_adds(model):
    quick, full = model.score(TEXTS), model.score(TEXTS, full=True)
    assert (quick.look, full.look) == ("quick", "full")
    assert quick.embeddings is None and full.embeddings.shape == (len(TEXTS), 512)
    departments = slice(0, len(model.departments))
    logits = np.log(quick.probabilities) * model.quick_share[departments] + full.whole[:, departments]
    powers = np.exp(logits)
    expected = powers / powers.sum(axis=1, keepdims=True)
    spoken = [at for at, text in enumerate(TEXTS) if text]
    assert full.probabilities[spoken] == pytest.approx(expected[spoken], abs=1e-4)


def test_vectors_that_are_at_hand_are_used(model):
    first = model.score(TEXTS, full=True)
    again = model.score(TEXTS, embeddings=first.embeddings)
    assert again.probabilities == pytest.approx(first.probabilities, abs=1e-5)


def test_another_language_says_the_same(model):
    support = model.departments.index("support")
    texts = ["Where is my parcel?", "Wo bleibt mein Paket?", "¿Dónde está mi paquete?", "Onde está minha encomenda?"]
    assert (model.score(texts, full=True).probabilities.argmax(axis=1) == support).all()


def test_what_a_writer_wants_and_feels_is_told(model):
    texts = ["How much is the large one?", "the app crashed again and nobody helps, I am furious", "I love it so much"]
    scores = model.score(texts, full=True)
    intents = [{name for name, share in zip(model.intents, row, strict=True) if share > 0.5} for row in scores.intents]
    assert "price" in intents[0] and "complaint" in intents[1] and "praise" in intents[2]
    assert [model.moods[at] for at in scores.moods.argmax(axis=1)] == ["neutral", "negative", "positive"]


def test_a_text_without_words_wants_nothing_and_feels_nothing(model):
    for full in (False, True):
        scores = model.score(["", " \n", "\0"], full=full)
        assert scores.probabilities == pytest.approx(np.full_like(scores.probabilities, 1 / len(model.departments)))
        assert scores.intents.max() < 0.01
        assert (scores.moods.argmax(axis=1) == model.moods.index("neutral")).all()


def test_without_the_encoder_the_quick_opinion_is_given(model, monkeypatch):
    monkeypatch.setattr("routing.classifier._encoder", lambda: None)
    scores = model.score(TEXTS, full=True)
    assert scores.look == "quick"
    assert scores.probabilities == pytest.approx(model.score(TEXTS).probabilities)


@pytest.mark.parametrize(
    "text", ["😡" * 500, "\0a\0", "ab" * 30_000, "\ud800 lone", "ꦲꦏ꧀ꦱꦫ ꦗꦮ", "x " * 30_000, "退款" * 9000]
)
def test_no_text_makes_it_raise(model, text):
    for full in (False, True):
        scores = model.score([text, "hello"], full=full)
        assert np.isfinite(scores.probabilities).all() and np.isfinite(scores.intents).all()
