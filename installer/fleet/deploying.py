"""Create or update what the template says, through a change set: what would change is known before anything does."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from installer.cloud import service_errors
from launcher import errors

CAPABILITIES = ["CAPABILITY_IAM"]
_NOTHING = ("didn't contain changes", "No updates are to be performed")
#: A stack whose first creation failed can only be deleted.
_DEAD = "ROLLBACK_COMPLETE"
_AT_WORK = "_IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class Planned:
    """One resource that would change."""

    action: str
    name: str
    kind: str
    replacement: bool


@dataclass(frozen=True, slots=True)
class Deployment:
    """One stack of CloudFormation."""

    client: Any
    name: str

    def exists(self) -> bool:
        """Is it there? One that is at work or dead is refused in words."""
        state = self._state()
        if state == _DEAD:
            raise errors.NotDone(
                self.name,
                title="The first creation of this stack failed, and it can only be deleted",
                hint="Delete it in the console of CloudFormation, then deploy again. Its buckets stay.",
            )
        if state.endswith(_AT_WORK) and state != "REVIEW_IN_PROGRESS":
            raise errors.NotDone(self.name, title=f"This stack is at work ({state})", hint="Wait, then deploy again.")
        return bool(state) and state != "REVIEW_IN_PROGRESS"

    def _state(self) -> str:
        try:
            with service_errors(self.name):
                return str(self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"])
        except errors.LauncherError as exc:
            if isinstance(exc.__cause__, ClientError) and "does not exist" in str(exc.__cause__):
                return ""
            raise

    def change_set(self, text: str, parameters: dict[str, str]) -> tuple[str, list[Planned]]:
        """A change set and what is in it; without a change there is nothing in it, or no change set at all."""
        name = f"pose-{secrets.token_hex(6)}"
        kind = "UPDATE" if self.exists() else "CREATE"
        rows = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        with service_errors(self.name):
            try:
                self.client.create_change_set(
                    StackName=self.name,
                    ChangeSetName=name,
                    ChangeSetType=kind,
                    TemplateBody=text,
                    Parameters=rows,
                    Capabilities=CAPABILITIES,
                )
            except ClientError as exc:
                if _says_nothing_to_do(str(exc)):
                    return "", []
                raise
            return name, self._changes(name)

    def _changes(self, name: str) -> list[Planned]:
        try:
            self.client.get_waiter("change_set_create_complete").wait(
                StackName=self.name, ChangeSetName=name, WaiterConfig={"Delay": 2, "MaxAttempts": 150}
            )
        except WaiterError as exc:
            reason = str(exc.last_response.get("StatusReason", ""))
            if _says_nothing_to_do(reason):
                return []
            raise errors.NotDone(
                self.name, title="CloudFormation refuses the template", hint=reason or "Try again."
            ) from exc
        answer = self.client.describe_change_set(StackName=self.name, ChangeSetName=name)
        rows = [change["ResourceChange"] for change in answer.get("Changes", ())]
        return [
            Planned(row["Action"], row["LogicalResourceId"], row["ResourceType"], row.get("Replacement") == "True")
            for row in rows
        ]

    def drop(self, name: str) -> None:
        """Leave nothing behind that nobody carried out: neither the change set nor the empty stack made for it."""
        if not name:
            return
        with service_errors(self.name):
            self.client.delete_change_set(StackName=self.name, ChangeSetName=name)
            if self._state() == "REVIEW_IN_PROGRESS":
                self.client.delete_stack(StackName=self.name)

    def carry_out(self, name: str, say: Callable[[str], None]) -> None:
        """Do it, and wait for the end."""
        waiter = "stack_update_complete" if self.exists() else "stack_create_complete"
        with service_errors(self.name):
            self.client.execute_change_set(StackName=self.name, ChangeSetName=name)
            say("CloudFormation is at work; that takes minutes.")
            try:
                self.client.get_waiter(waiter).wait(StackName=self.name, WaiterConfig={"Delay": 5, "MaxAttempts": 720})
            except WaiterError as exc:
                raise errors.NotDone(self.name, title="The deployment failed", hint=self._why()) from exc

    def outputs(self) -> dict[str, str]:
        """What it tells of itself, such as the broker's address; nothing before it is there."""
        if not self.exists():
            return {}
        with service_errors(self.name):
            stack = self.client.describe_stacks(StackName=self.name)["Stacks"][0]
        return {row["OutputKey"]: row["OutputValue"] for row in stack.get("Outputs", ())}

    def _why(self) -> str:
        """The first resource that failed, in CloudFormation's words."""
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        failed = [row for row in events if row["ResourceStatus"].endswith("_FAILED")]
        last = failed[-1] if failed else {}
        return f"{last.get('LogicalResourceId', '')}: {last.get('ResourceStatusReason', 'see its events')}"


def _says_nothing_to_do(words: str) -> bool:
    return any(known in words for known in _NOTHING)
