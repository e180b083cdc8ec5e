from foundation.rooms import RoomConfig


class JournalConfig(RoomConfig):
    name = "foundation.journal"
    label = "journal"
    verbose_name = "留痕"
