"""Verbs that change accounts, posts and bureaus."""
