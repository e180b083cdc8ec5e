"""Addresses of the room, under /enterprises/."""

from django.urls import path

from enterprises.views import facts, figures, home, identity, lists, members, official, picks, registration, requests

app_name = "enterprises"

urlpatterns = [
    path("home/", home.home, name="home"),
    path("overview/", home.overview, name="overview"),
    # registration and people
    path("register/", registration.register, name="register"),
    path("register/code/", registration.check_code, name="check_code"),
    path("register/on-behalf/", registration.register_on_behalf, name="register_on_behalf"),
    path("invitation/<str:token>/", members.invitation, name="invitation"),
    path("my-requests/", requests.my_requests, name="my_requests"),
    path("claim/", requests.new_claim, name="new_claim"),
    path("hand-over/", requests.new_hand_over, name="new_hand_over"),
    path("pick/regions/", picks.pick_regions, name="pick_regions"),
    path("pick/industries/", picks.pick_industries, name="pick_industries"),
    # officials
    path("list/", official.enterprise_list, name="list"),
    path("list/export/", official.export, name="export"),
    path("requests/", requests.queue, name="requests"),
    path("requests/claim/<int:pk>/", requests.claim, name="claim"),
    path("requests/hand-over/<int:pk>/", requests.hand_over, name="hand_over"),
    # one enterprise
    path("firm/<int:pk>/", home.enterprise, name="enterprise"),
    path("firm/<int:pk>/close/", official.close, name="close"),
    path("firm/<int:pk>/basic/", facts.basic, name="basic"),
    path("firm/<int:pk>/industry/", facts.industry, name="industry"),
    path("firm/<int:pk>/srdi/", facts.srdi, name="srdi"),
    path("firm/<int:pk>/save/<str:owner>/", facts.save, name="save"),
    path("firm/<int:pk>/evidence/", facts.add_evidence, name="add_evidence"),
    path("firm/<int:pk>/evidence/drop/", facts.drop_evidence, name="drop_evidence"),
    path("firm/<int:pk>/choices/", facts.choices, name="choices"),
    path("firm/<int:pk>/figures/", figures.figures, name="figures"),
    path("firm/<int:pk>/figures/save/", figures.save_figures, name="save_figures"),
    path("firm/<int:pk>/figures/sheet/", figures.figures_sheet, name="figures_sheet"),
    path("firm/<int:pk>/figures/import/", figures.import_figures, name="import_figures"),
    path("firm/<int:pk>/figures/import/apply/", figures.apply_figures, name="apply_figures"),
    path("firm/<int:pk>/figures/history/", figures.figures_history, name="figures_history"),
    path("firm/<int:pk>/patents/", lists.patents, name="patents"),
    path("firm/<int:pk>/patents/<int:row>/", lists.patent, name="patent"),
    path("firm/<int:pk>/patents/confirm/", lists.confirm_patents, name="confirm_patents"),
    path("firm/<int:pk>/partners/", lists.partners, name="partners"),
    path("firm/<int:pk>/partners/<int:row>/", lists.partner, name="partner"),
    path("firm/<int:pk>/remove/<str:kind>/", lists.remove_line, name="remove_line"),
    path("firm/<int:pk>/members/", members.members, name="members"),
    path("firm/<int:pk>/members/change/", members.member, name="member"),
    path("firm/<int:pk>/invitations/<int:row>/cancel/", members.cancel_invitation, name="cancel_invitation"),
    path("firm/<int:pk>/names/", identity.names, name="names"),
    path("firm/<int:pk>/rename/", identity.rename, name="rename"),
    path("firm/<int:pk>/move/", identity.move, name="move"),
]
