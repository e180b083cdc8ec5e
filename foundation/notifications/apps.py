from foundation.rooms import RoomConfig


class NotificationsConfig(RoomConfig):
    name = "foundation.notifications"
    label = "notifications"
    verbose_name = "通知"
