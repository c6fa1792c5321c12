"""A company's whole past by the million: people with several accounts, what they said, whom they know, what is known of
them. Invented from the training examples, written by COPY, the same for the same sizes and the same hour."""

from bench.large.fill import fill
from bench.large.sizes import Sizes

__all__ = ["Sizes", "fill"]
