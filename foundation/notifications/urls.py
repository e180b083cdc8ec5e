"""Addresses of the notifications room."""

from django.urls import path

from foundation.notifications import views

app_name = "notifications"

urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("<int:pk>/open/", views.open_message, name="open"),
    path("read-all/", views.read_all, name="read-all"),
    path("preferences/", views.preferences, name="preferences"),
    path("letters/", views.letters, name="letters"),
    path("letters/<int:pk>/", views.resolve_letter, name="resolve-letter"),
]
