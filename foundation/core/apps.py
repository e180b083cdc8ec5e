from foundation.rooms import RoomConfig


class CoreConfig(RoomConfig):
    name = "foundation.core"
    label = "core"
    verbose_name = "基础设施"
