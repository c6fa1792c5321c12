"""What the addresses of products, of what is set aside and of blocks answer; for the matrix in test_pages.py."""

from django.utils import timezone

from routing.models import Block, Product

# anonymous, charlie, alice, mia, adam
ONLY_POST = [302, 405, 405, 405, 405]
MANAGERS, DONE_BY_MANAGERS = [302, 403, 403, 200, 200], [302, 403, 403, 302, 302]
_PRODUCTS = ("product_new", "product_paste", "product")

# An agent elsewhere may not act on Support's conversation.
OURS, DONE_BY_US = [302, 403, 200, 200, 200], [302, 403, 302, 302, 302]

GET = {
    **dict.fromkeys(("spam", "trust", "block_lift"), ONLY_POST),
    "block": OURS,
    **dict.fromkeys(("blocks", "block_new"), MANAGERS),
    **dict.fromkeys(("products", *_PRODUCTS), MANAGERS),
    "product_remove": ONLY_POST,
}
POST = {
    **dict.fromkeys(("spam", "trust", "block"), DONE_BY_US),
    **dict.fromkeys(("block_new", "block_lift"), DONE_BY_MANAGERS),
    **dict.fromkeys((*_PRODUCTS, "product_remove"), DONE_BY_MANAGERS),
}
# These have nothing in their address that could be missing.
WHOLE = {"block_new", "product_new", "product_paste"}


def addresses(cast):
    """The arguments of each address."""
    aside = cast.asks(cast.dana[1], text="Buy now", state="noise")
    block = Block.objects.create(kind="domain", value="spam.example", by=cast.mia, at=timezone.now())
    product = Product.objects.create(name="Halden 300", words=["H300"])
    return {
        **dict.fromkeys(("spam", "block"), {"pk": cast.asks(cast.dana[2]).pk}),
        "trust": {"pk": aside.pk},
        "block_lift": {"pk": block.pk},
        **dict.fromkeys(("product", "product_remove"), {"pk": product.pk}),
    }


def bodies(cast):
    """What fills each form in."""
    identity = cast.dana[2]
    return {
        "block": {"what": f"person {identity.network}:{identity.external_id}", "reason": "Keeps selling."},
        "block_new": {"kind": "domain", "value": "pills.example"},
        "product_new": {"name": "Halden 500", "words": "H500"},
        "product": {"name": "Halden 300", "words": "H300, Halden300"},
        "product_paste": {"text": "Halden 500: H500\nHalden 600"},
    }
