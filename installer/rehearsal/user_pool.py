"""The rehearsal's user pool: people, and the stacks that they may enter."""

from __future__ import annotations

from installer.rehearsal.mishaps import Mishap
from installer.rehearsal.world import Record, Refusal, World, operation, page

USERS_PAGE, MEMBERSHIPS_PAGE = 60, 25


def _only_the_pool(parameters: Record) -> None:
    if parameters.get("AuthenticationType", "USERPOOL") != "USERPOOL":
        raise Refusal("InvalidParameterCombinationException", "AuthenticationType must be USERPOOL")


@operation
def create_user(world: World, given: Record) -> Record:
    """A person; letter case counts."""
    _only_the_pool(given)
    name = given["UserName"]
    if name in world.users:
        raise Refusal("ResourceAlreadyExistsException", f"User {name} already exists.")
    if len(world.users) >= world.quotas["users"]:
        raise Refusal("LimitExceededException", "The maximum number of users in the user pool was reached.")
    world.users[name] = {
        "Arn": world.arn("user", f"userpool-{len(world.users)}"), "UserName": name, "Enabled": True,
        "Status": "FORCE_CHANGE_PASSWORD", "CreatedTime": world.clock.now(), "AuthenticationType": "USERPOOL",
        **{key: given[key] for key in ("FirstName", "LastName") if key in given},
    }  # fmt: skip
    return {}


@operation
def describe_users(world: World, given: Record) -> Record:
    """Everybody, a page at a time."""
    _only_the_pool(given)
    return page(list(world.users.values()), given, "Users", min(given.get("MaxResults") or USERS_PAGE, USERS_PAGE))


@operation
def delete_user(world: World, given: Record) -> Record:
    """A person, with everything that they may enter."""
    if given["UserName"] not in world.users:
        raise Refusal("ResourceNotFoundException", f"User {given['UserName']} does not exist.")
    del world.users[given["UserName"]]
    world.memberships = {one for one in world.memberships if one[0] != given["UserName"]}
    return {}


@operation
def batch_associate_user_stack(world: World, given: Record) -> Record:
    """Let people into stacks; who cannot be let in is reported in a list."""
    return {"errors": [error for row in given["UserStackAssociations"] if (error := _joined(world, row))]}


@operation
def batch_disassociate_user_stack(world: World, given: Record) -> Record:
    """Take people out of stacks."""
    return {"errors": [error for row in given["UserStackAssociations"] if (error := _left(world, row))]}


def _joined(world: World, row: Record) -> Record | None:
    code = _refused(world, row)
    if not code:
        world.memberships.add((row["UserName"], row["StackName"]))
    return _error(row, code)


def _left(world: World, row: Record) -> Record | None:
    code = _refused(world, row)
    if not code:
        world.memberships.discard((row["UserName"], row["StackName"]))
    return _error(row, code)


def _refused(world: World, row: Record) -> str:
    if world.mishaps.happens(Mishap.INTERNAL_ERROR):
        return "INTERNAL_ERROR"
    if world.mishaps.happens(Mishap.DIRECTORY_NOT_FOUND):
        return "DIRECTORY_NOT_FOUND"
    if row["StackName"] not in world.stacks:
        return "STACK_NOT_FOUND"
    return "" if row["UserName"] in world.users else "USER_NAME_NOT_FOUND"


def _error(row: Record, code: str) -> Record | None:
    words = code.lower().replace("_", " ")
    return {"UserStackAssociation": row, "ErrorCode": code, "ErrorMessage": f"{words}."} if code else None


@operation
def describe_user_stack_associations(world: World, given: Record) -> Record:
    """Who may enter a stack, or what a person may enter."""
    stack, user = given.get("StackName"), given.get("UserName")
    if not stack and not user:
        raise Refusal("InvalidParameterCombinationException", "StackName or UserName is needed")
    rows = [
        {"UserName": one[0], "StackName": one[1], "AuthenticationType": "USERPOOL"}
        for one in sorted(world.memberships)
        if stack in (None, one[1]) and user in (None, one[0])
    ]
    size = min(given.get("MaxResults") or MEMBERSHIPS_PAGE, MEMBERSHIPS_PAGE)
    return page(rows, given, "UserStackAssociations", size)
