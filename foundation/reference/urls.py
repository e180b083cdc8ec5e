"""Addresses of the public table, under /reference/."""

from django.urls import path

from foundation.reference import views

app_name = "reference"

urlpatterns = [
    path("regions/", views.regions_page, name="regions"),
    path("regions/children/", views.region_children, name="region_children"),
    path("industries/search/", views.industry_search, name="industry_search"),
]
