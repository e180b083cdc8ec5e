from foundation.rooms import RoomConfig


class ReviewsConfig(RoomConfig):
    name = "reviews"
    label = "reviews"
    verbose_name = "审核与报送"
