"""Addresses of this room."""

from django.urls import path, re_path

from cultivation.views import notices, programmes, roster, roster_import, rounds

app_name = "cultivation"

urlpatterns = [
    path("programmes/", programmes.programme_list, name="programmes"),
    path("programmes/<slug:code>/", programmes.programme, name="programme"),
    path("versions/<int:pk>/", programmes.version, name="version"),
    path("self-check/", programmes.self_check, name="self-check"),
    path("roster/", roster.roster, name="roster"),
    re_path(r"^roster/download\.(?P<form>xlsx|csv)$", roster.download, name="roster-download"),
    path("roster/changes/", roster.changes, name="roster-changes"),
    re_path(r"^roster/changes/download\.(?P<form>xlsx|csv)$", roster.download_changes, name="roster-changes-download"),
    path("roster/statistics/", roster.statistics, name="roster-statistics"),
    path("roster/mine/", roster.mine, name="my-roster"),
    path("roster/entries/<int:pk>/", roster.entry, name="roster-entry"),
    path("roster/lists/", roster.lists, name="roster-lists"),
    *roster_import.urlpatterns,
    path("notices/", notices.notice_list, name="notices"),
    path("notices/new/", notices.new_notice, name="new-notice"),
    path("notices/<int:pk>/", notices.notice, name="notice"),
    path("notices/<int:pk>/edit/", notices.edit, name="edit-notice"),
    path("notices/<int:pk>/publish/", notices.publish, name="publish-notice"),
    path("notices/<int:pk>/sign/", notices.sign, name="sign-notice"),
    path("notices/<int:pk>/forward/", notices.forward, name="forward-notice"),
    path("notices/<int:pk>/files/<int:file_pk>/remove/", notices.remove_file, name="remove-notice-file"),
    path("rounds/new/", rounds.open_round, name="open-round"),
    path("rounds/<int:pk>/", rounds.round_page, name="round"),
    path("rounds/<int:pk>/window/", rounds.change_window, name="change-window"),
    path("rounds/<int:pk>/details/", rounds.change_details, name="change-round"),
    path("rounds/<int:pk>/close/", rounds.close, name="close-round"),
]
