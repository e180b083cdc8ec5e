"""The root of /api/v1/: the rooms' endpoints under one roof, the description of all of them, the page to try them."""
