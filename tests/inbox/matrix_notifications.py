"""What the addresses of notifications answer to anonymous, charlie, alice, mia and adam."""

GET = {
    "notifications": [302, 200, 200, 200, 200],
    "notifications_count": [302, 200, 200, 200, 200],
    "notifications_read": [302, 405, 405, 405, 405],
    # Somebody else's, or nobody's.
    "notification": [302, 404, 404, 404, 404],
    "my_notifications": [302, 200, 200, 200, 200],
    "notifications_try": [302, 405, 405, 405, 405],
}
POST = {
    "notifications_read": [302, 302, 302, 302, 302],
    "my_notifications": [302, 302, 302, 302, 302],
    "notifications_try": [302, 302, 302, 302, 302],
}
