from foundation.rooms import RoomConfig


class PortalConfig(RoomConfig):
    name = "portal"
    label = "portal"
    verbose_name = "门户"
