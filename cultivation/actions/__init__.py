"""Verbs of this room."""

from cultivation.actions.notices import (
    attach_file,
    draft_forward,
    draft_notice,
    edit_draft,
    forward_notice,
    publish,
    publish_notice,
    remove_file,
    sign_for_notice,
)
from cultivation.actions.programmes import publish_version
from cultivation.actions.rounds import WindowSpec, change_window, close_round, open_round, update_round

__all__ = [
    "WindowSpec",
    "attach_file",
    "change_window",
    "close_round",
    "draft_forward",
    "draft_notice",
    "edit_draft",
    "forward_notice",
    "open_round",
    "publish",
    "publish_notice",
    "publish_version",
    "remove_file",
    "sign_for_notice",
    "update_round",
]
