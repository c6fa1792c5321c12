"""The manager's board: a column per department, who has how much, and moving work between them."""
