from foundation.rooms import RoomConfig


class SpreadsheetsConfig(RoomConfig):
    name = "foundation.spreadsheets"
    label = "spreadsheets"
    verbose_name = "电子表格"
