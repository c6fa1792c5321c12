import numpy as np
import pytest

from routing.cues import FORM
from routing.explanation import WHOLE, _token_weights, explain, explain_closely, phrases


def test_neighbours_that_pull_the_same_way_become_a_phrase():
    found = phrases(["Is", "it", "time", "for", "an", "upgrade"], [0.0, 0.0, 0.5, 0.1, 0.0, 0.9])
    assert found == [("time for an upgrade", pytest.approx(1.5))]


def test_neighbours_that_pull_apart_stay_apart():
    assert phrases(["great", "lawsuit"], [-0.5, 0.9]) == [("great", -0.5), ("lawsuit", 0.9)]


def test_phrases_do_not_reach_over_marks():
    assert [term for term, _ in phrases(["broken", "?", "refund"], [0.5, 0.3, 0.9])] == ["broken", "refund"]


def test_scripts_without_spaces_are_put_together_again():
    assert phrases(["退款", "款什", "什么"], [0.5, 0.3, 0.9]) == [("退款什么", pytest.approx(1.7))]


def test_accounts_and_links_are_not_quoted():
    found = phrases(["@carol", "https://example.org/secret"], [0.5, -0.5])
    assert [term for term, _ in found] == ["an account's name", "a link"]


def test_the_parts_of_a_score_add_up_to_it(model):
    texts = ["My parcel is late, where is it?", "Boycott them! They lie 😡 http://x.y", "ok ok ok", "退款什么时候到账"]
    scores = model.score(texts)
    weights = np.array(
        [_token_weights(model, scores, np.full(len(texts), column)) for column in range(len(model.departments))]
    )
    for at in range(len(texts)):
        start = scores.starts[at] + 1
        of_words = weights[:, start : start + len(scores.tokens[at])].sum(axis=1)
        logits = of_words + (scores.form[at] @ model.cue_weights[-len(FORM) :] + model._bias)[: len(of_words)]
        powers = np.exp(logits - logits.max())
        assert powers / powers.sum() == pytest.approx(scores.probabilities[at], abs=1e-4)


def test_only_what_is_asked_about_is_explained(model):
    scores = model.score(["where is my parcel", "where is my parcel"])
    silent, spoken = explain(model, scores, [-1, model.departments.index("support")])
    assert silent == [] and spoken[0]["department"] == "support"


def test_the_full_opinion_names_the_message_as_a_whole_and_what_it_is_like(model):
    scores = model.score(["where is my parcel, it was due on monday"], full=True)
    (evidence,) = explain(model, scores, [model.departments.index("support")])
    whole = next(one for one in evidence if one.get("whole"))
    assert whole["term"] == WHOLE and whole["weight"] > 0
    like = next(one for one in evidence if one["kind"] == "like")
    assert like["department"] == "support" and like["text"] and 0.6 <= like["likeness"] <= 1


def test_a_text_without_words_is_like_nothing(model):
    scores = model.score([""], full=True)
    assert explain(model, scores, [0]) == [[]]


def test_the_phrases_that_an_opinion_rests_on_are_found_by_leaving_them_out(model):
    text = "good morning, nice weather here, how much does the red bicycle cost"
    found = explain_closely(model, text, "sales")
    assert 0 < len(found) <= 4
    assert all(one["kind"] == "phrase" and one["term"] in text for one in found)
    assert "cost" in {one["term"] for one in found if one["weight"] > 0}


@pytest.mark.parametrize("text", ["", "help", "\0", "😡", "x" * 60_000])
def test_too_little_text_to_leave_anything_out_is_not_taken_apart(model, text):
    assert explain_closely(model, text, "support") == []
