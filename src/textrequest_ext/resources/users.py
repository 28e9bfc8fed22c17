"""Users of the account, and their permissions for dashboards."""

from textrequest_api.api.users import users_create, users_delete, users_get, users_list, users_update
from textrequest_ext._operations.descriptors import ClientT_co, Resource, call, paged


class Users(Resource[ClientT_co]):
    """Users of the account, and their permissions for dashboards."""

    list = paged(users_list.operation)
    """The account's users."""
    get = call(users_get.operation)
    """One user by id, or None."""
    create = call(users_create.operation)
    """Create a user."""
    update = call(users_update.operation)
    """Change a user's name and permissions."""
    delete = call(users_delete.operation)
    """Delete a user."""
