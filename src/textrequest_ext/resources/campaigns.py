"""Campaigns that ask for reviews."""

from textrequest_api.api.campaigns import campaigns_get, campaigns_list
from textrequest_ext.operations import ClientT_co, Resource, call, paged


class Campaigns(Resource[ClientT_co]):
    """Campaigns that ask for reviews."""

    list = paged(campaigns_list.operation)
    """The review campaigns of a dashboard."""
    get = call(campaigns_get.operation)
    """One campaign by id, or None."""
