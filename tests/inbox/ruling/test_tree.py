"""Editing nested conditions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.ruling import tree
from routing.conditions import check


def leaf(name):
    return {"field": "text", "op": "contains", "value": [name]}


words = st.sampled_from("abcdefgh").map(leaf)
nodes = st.recursive(
    words,
    lambda inside: st.builds(
        lambda mode, members: {mode: members}, st.sampled_from(tree.MODES), st.lists(inside, min_size=1, max_size=3)
    ),
    max_leaves=8,
)
roots = st.builds(
    lambda mode, members: {mode: members}, st.sampled_from(tree.MODES), st.lists(nodes, min_size=1, max_size=3)
).filter(lambda root: tree.depth(root) <= 6)


def paths(node, at=()):
    yield at
    for place, member in enumerate(tree.members(node)):
        yield from paths(member, (*at, place))


def words_of(node):
    inside = tree.members(node)
    return sorted(node["value"]) if not inside else sorted(word for one in inside for word in words_of(one))


@given(roots, st.data())
def test_whatever_is_moved_wrapped_or_dissolved_every_condition_stays_and_the_rule_can_be_used(root, data):
    before = words_of(root)
    for _ in range(4):
        path = data.draw(st.sampled_from(list(paths(root))))
        act = data.draw(st.sampled_from(["earlier", "later", "wrap", "unwrap"]))
        try:
            if act in ("earlier", "later"):
                root = tree.move(root, path, later=act == "later")
            else:
                root = {"wrap": tree.wrap, "unwrap": tree.unwrap}[act](root, path)
        except tree.BadPlace:
            continue
        root = tree.rooted(root)
        check(root)
        assert words_of(root) == before


@given(roots, st.data())
def test_what_is_removed_is_gone_with_the_groups_it_leaves_empty(root, data):
    path = data.draw(st.sampled_from(list(paths(root))))
    lost = tree.leaves(tree.find(root, path))
    try:
        left = tree.remove(root, path)
    except tree.BadPlace as refused:
        assert lost == tree.leaves(root)
        assert "needs a condition" in str(refused)
        return
    check(left)
    assert tree.leaves(left) == tree.leaves(root) - lost


@given(roots, st.data())
def test_a_step_later_and_one_earlier_lead_back_among_single_conditions(root, data):
    flat = {"all": [leaf(name) for name in "abcd"]}
    place = data.draw(st.integers(0, 2))
    there = tree.move(flat, (place,), later=True)
    assert there != flat
    assert tree.move(there, (place + 1,), later=False) == flat


def test_a_condition_walks_into_a_group_and_out_of_it():
    root = {"all": [leaf("a"), {"any": [leaf("b"), leaf("c")]}]}
    inside = tree.move(root, (0,), later=True)
    assert inside == {"all": [{"any": [leaf("a"), leaf("b"), leaf("c")]}]}
    out = tree.move(inside, (0, 0), later=False)
    assert out == root


@pytest.mark.parametrize("text", ["a", "1.", ".", "-1", "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19", "٣", "9999"])
def test_a_path_that_is_none_is_refused(text):
    with pytest.raises(tree.BadPlace):
        tree.parse(text)


@pytest.mark.parametrize("path", [(), (0,), (3, 1)])
def test_a_path_is_read_as_it_was_written(path):
    assert tree.parse(tree.written(path)) == path


def test_nothing_is_put_into_a_single_condition_or_nested_deeper_than_rules_can_be():
    with pytest.raises(tree.BadPlace):
        tree.add({"all": [leaf("a")]}, (0,), leaf("b"))
    root, path = {"all": [leaf("a")]}, (0,)
    for _ in range(6):
        root, path = tree.wrap(root, path), (*path, 0)
    with pytest.raises(tree.BadPlace):
        tree.wrap(tree.wrap(root, path), (*path, 0))
    check(root)
