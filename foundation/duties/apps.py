from foundation.rooms import RoomConfig


class DutiesConfig(RoomConfig):
    name = "foundation.duties"
    label = "duties"
    verbose_name = "职责与作业"
