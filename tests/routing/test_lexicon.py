import pytest

from routing import lexicon
from routing.lexicon import BadLexicon


def test_words_stems_and_pairs_are_told_apart(tmp_path):
    for name in lexicon.FILES:
        (tmp_path / f"{name}.txt").write_text("")
    (tmp_path / "sales.txt").write_text("[price] money | sales +1.5, noise -0.5\nen: price how_much\nde: günstig*\n")
    found = lexicon.read(tmp_path)
    assert (found.concepts, found.leanings) == (["price"], [{"sales": 1.5, "noise": -0.5}])
    assert (found.words, found.stems, found.pairs) == ({"price": [0]}, {"günstig": [0]}, {"how much": [0]})


def test_a_line_that_cannot_be_read_is_named(tmp_path):
    for name in lexicon.FILES:
        (tmp_path / f"{name}.txt").write_text("[x] y | sales +1\nen one two\n")
    with pytest.raises(BadLexicon, match="en one two"):
        lexicon.read(tmp_path)


def test_the_lexicons_of_the_product_can_be_read():
    found = lexicon.read()
    assert len(found.concepts) == len(set(found.concepts)) == len(found.leanings)
    assert {department for leaning in found.leanings for department in leaning} <= set(lexicon.FILES)
