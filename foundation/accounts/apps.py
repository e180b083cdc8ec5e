from foundation.rooms import RoomConfig


class AccountsConfig(RoomConfig):
    name = "foundation.accounts"
    label = "accounts"
    verbose_name = "账号与岗位"
