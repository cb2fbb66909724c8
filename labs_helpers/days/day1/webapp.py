"""stub"""


class Shop:
    def __init__(self, cloud):
        self.cloud = cloud


def steal(shop):
    return {}
