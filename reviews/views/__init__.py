"""Pages: parse, act, redirect."""
