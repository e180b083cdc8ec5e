"""Addresses of the look's sample pages; mounted by portal/urls.py while DEBUG is on, never in production."""

from django.urls import path

from foundation.core import views_look

app_name = "look"
urlpatterns = [
    path("", views_look.parts, name="parts"),
    path("queue/", views_look.queue, name="queue"),
    path("review/", views_look.review, name="review"),
    path("home/", views_look.home, name="home"),
    path("form/", views_look.form, name="form"),
    path("refused/", views_look.refused, name="refused"),
    path("sample.svg", views_look.picture, name="picture"),
    path("data/<slug:what>/", views_look.data, name="data"),
]
