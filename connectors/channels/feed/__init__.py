"""RSS and Atom feeds. What they bring stands in docs/feed.md.

Nothing is imported here: what reads the documents runs in a process of its own (connectors/isolation.py), which needs
no connector.
"""
