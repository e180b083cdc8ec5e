"""Addresses below ``/accounts/``."""

from django.urls import path

from foundation.accounts.views import bureaus, me, posts, sign_in, watch

app_name = "accounts"

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("still-here/", sign_in.still_here, name="still_here"),
    path("reset/", sign_in.reset_ask, name="reset_ask"),
    path("reset/code/", sign_in.reset_code, name="reset_code"),
    path("me/", me.profile, name="profile"),
    path("me/edit/", me.edit_profile, name="edit_profile"),
    path("me/password/", me.change_password, name="change_password"),
    path("me/hat/", me.switch_hat, name="switch_hat"),
    path("posts/", posts.own_posts, name="posts"),
    path("posts/new/", posts.appoint, name="appoint"),
    path("posts/<int:pk>/end/", posts.end_post, name="end_post"),
    path("once/<str:token>/", posts.one_time, name="one_time"),
    path("people/<int:pk>/reset/", posts.reset_for, name="reset_for"),
    path("below/", bureaus.below, name="below"),
    path("bureau/", bureaus.own_bureau, name="own_bureau"),
    path("bureaus/<int:pk>/", bureaus.bureau, name="bureau"),
    path("bureaus/<int:pk>/contact/", bureaus.edit_contact, name="edit_contact"),
    path("bureaus/<int:pk>/hands/", bureaus.set_hands, name="set_hands"),
    path("bureaus/<int:pk>/line/", bureaus.set_line, name="set_line"),
    path("bureaus/<int:pk>/name/", bureaus.edit_bureau, name="edit_bureau"),
    path("bureaus/<int:pk>/new/", bureaus.new_bureau, name="new_bureau"),
    path("journal/", watch.journal, name="journal"),
    path("journal/check/", watch.check_journal, name="check_journal"),
    path("sign-ins/", watch.sign_in_log, name="sign_in_log"),
    path("locks/", watch.locks, name="locks"),
    path("locks/unlock/", watch.unlock, name="unlock"),
]
