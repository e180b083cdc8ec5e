from foundation.rooms import RoomConfig


class DocumentsConfig(RoomConfig):
    name = "foundation.documents"
    label = "documents"
    verbose_name = "文件与用印"
