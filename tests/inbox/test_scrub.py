"""Payloads of others after somebody in them was erased."""

from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.erasure.scrub import Traces, scrubbed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["42", "@Dana", "dana@example.org", "x", ""]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "acct", "a", "b"]), inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(VALUES)
def test_no_value_of_a_payload_names_an_erased_person(payload):
    traces = Traces.of(["42"], ["dana"], ["dana@example.org"], ["Dana Whitlock"])

    def values(one):
        for inner in one.values() if isinstance(one, dict) else one if isinstance(one, list) else ():
            yield from values(inner)
        if not isinstance(one, dict | list):
            yield one

    left = scrubbed(payload, traces)
    assert not any(traces.mark(one) for one in values(left))
    assert scrubbed(left, traces) is left
