"""The AppConfig every app of the house shares."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig

#: Modules that register things (permission rules, facts, event handlers, menu entries, jobs) when imported.
REGISTERING_MODULES = ("permissions", "facts", "handlers", "nav", "panels", "jobs")


class RoomConfig(AppConfig):
    """Imports the app's registering modules once all models are loaded; a missing module is no error."""

    default_auto_field = "django.db.models.BigAutoField"
    # Every apps.py imports this class beside its own; Django takes the one config that is not marked as no default.
    default = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.default = True

    def ready(self) -> None:
        for module in REGISTERING_MODULES:
            # find_spec first, so that an ImportError *inside* an existing module is never swallowed.
            dotted = f"{self.name}.{module}"
            if find_spec(dotted) is not None:
                import_module(dotted)
