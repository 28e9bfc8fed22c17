"""Dashboards: each is one phone number with its own contacts and messages."""

from textrequest_api.api.dashboards import (
    dashboards_available_numbers,
    dashboards_create,
    dashboards_delete,
    dashboards_get,
    dashboards_list,
    dashboards_update,
)
from textrequest_ext._operations.descriptors import ClientT_co, Resource, call, paged


class Dashboards(Resource[ClientT_co]):
    """Dashboards: each is one phone number with its own contacts and messages."""

    list = paged(dashboards_list.operation)
    """The account's dashboards."""
    create = call(dashboards_create.operation)
    """Create a dashboard for an available phone number. The account's administrators receive an email."""
    get = call(dashboards_get.operation)
    """One dashboard by id. Raises BadRequestError if the account has none with this id."""
    update = call(dashboards_update.operation)
    """Rename a dashboard."""
    delete = call(dashboards_delete.operation)
    """Delete a dashboard with its contacts and messages."""
    available_numbers = call(dashboards_available_numbers.operation)
    """About 30 available phone numbers of an area code, as a list."""
