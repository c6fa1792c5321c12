"""Working on the same things: departments that take part, the way a conversation has gone, links, and who follows."""
