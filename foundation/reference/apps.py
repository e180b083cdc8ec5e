from foundation.rooms import RoomConfig


class ReferenceConfig(RoomConfig):
    name = "foundation.reference"
    label = "reference"
    verbose_name = "基础数据"
