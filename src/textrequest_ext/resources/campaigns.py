"""Campaigns that request reviews."""

from textrequest_api.api.campaigns import campaigns_get, campaigns_list
from textrequest_ext._operations.descriptors import ClientT_co, Resource, call, paged


class Campaigns(Resource[ClientT_co]):
    """Campaigns that request reviews."""

    list = paged(campaigns_list.operation)
    """The review campaigns of a dashboard."""
    get = call(campaigns_get.operation)
    """One campaign by id, or None."""
