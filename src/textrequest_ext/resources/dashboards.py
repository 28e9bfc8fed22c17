"""The account's dashboards: one texting phone number each, with its own contacts and messages."""

from textrequest_api.api.dashboards import (
    dashboards_available_numbers,
    dashboards_create,
    dashboards_delete,
    dashboards_get,
    dashboards_list,
    dashboards_update,
)
from textrequest_ext.operations import ClientT_co, Resource, call, paged


class Dashboards(Resource[ClientT_co]):
    """The account's dashboards: one texting phone number each, with its own contacts and messages."""

    list = paged(dashboards_list.operation)
    """The account's dashboards."""
    create = call(dashboards_create.operation)
    """Make a dashboard for a provisioned number; the account's admins get an email."""
    get = call(dashboards_get.operation)
    """One dashboard by id, or None."""
    update = call(dashboards_update.operation)
    """Rename a dashboard."""
    delete = call(dashboards_delete.operation)
    """Delete a dashboard and what belongs to it."""
    available_numbers = call(dashboards_available_numbers.operation)
    """About 30 phone numbers of an area code that a dashboard can be made for, as a plain list."""
