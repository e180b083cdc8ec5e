"""What every endpoint of /api/v1/ shares, so that each room's ``api.py`` holds its endpoints and nothing else (B.2).

Strict reading (unknown names and loose types are refused), problem answers, pages by key, limits, and the description
in OpenAPI. No rule of the business lives here or in any ``api.py``: endpoints call the functions the pages call.
"""
