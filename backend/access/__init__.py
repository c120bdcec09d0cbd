"""Who is asking, and what they may see and do: roles, the rules of this installation, what is let in at the door."""
