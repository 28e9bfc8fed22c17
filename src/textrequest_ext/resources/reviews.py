"""Customer reviews."""

from textrequest_api.api.reviews import reviews_list
from textrequest_ext._operations.descriptors import ClientT_co, Resource, paged


class Reviews(Resource[ClientT_co]):
    """Customer reviews."""

    list = paged(reviews_list.operation)
    """The reviews of a dashboard."""
