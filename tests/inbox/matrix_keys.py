"""What the addresses of the keyboard, the palette and one's own settings answer to everybody; for test_pages.py."""

# anonymous, charlie, alice, mia, adam
_ALL = [302, 200, 200, 200, 200]
GET = {**dict.fromkeys(("me", "keyboard", "keys", "palette"), _ALL), "keys_switch": [302, 405, 405, 405, 405]}
# Nobody has no name; the keys of everybody are their own, and none is named here, so nothing is wrong with them.
POST = {
    "me": [302, 422, 422, 422, 422],
    **dict.fromkeys(("keyboard", "keys_switch"), [302, 302, 302, 302, 302]),
    **dict.fromkeys(("keys", "palette"), [302, 405, 405, 405, 405]),
}
WHOLE = {*GET}
