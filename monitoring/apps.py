from foundation.rooms import RoomConfig


class MonitoringConfig(RoomConfig):
    name = "monitoring"
    label = "monitoring"
    verbose_name = "运行监测"
