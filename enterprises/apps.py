from foundation.rooms import RoomConfig


class EnterprisesConfig(RoomConfig):
    name = "enterprises"
    label = "enterprises"
    verbose_name = "企业"
