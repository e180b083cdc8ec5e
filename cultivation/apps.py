from foundation.rooms import RoomConfig


class CultivationConfig(RoomConfig):
    name = "cultivation"
    label = "cultivation"
    verbose_name = "培育项目"
