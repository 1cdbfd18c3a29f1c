"""What CloudFormation would make of the template's streaming resources: moto steps over them, so they are made here.

The properties have the names of the API's own parameters, so what the template says is what the service is asked for.
"""

from __future__ import annotations

from typing import Any

from installer.rehearsal.place import Place
from installer.shapes import member

_CALLS = {
    "AWS::AppStream::Stack": ("create_stack", "CreateStack"),
    "AWS::AppStream::Fleet": ("create_fleet", "CreateFleet"),
    "AWS::AppStream::StackFleetAssociation": ("associate_fleet", "AssociateFleet"),
}


def make(place: Place, template: dict[str, Any], image: str) -> None:
    """Stack, fleet and association, from the template as it was deployed."""
    appstream = place.client("appstream")
    for kind, (call, operation) in _CALLS.items():
        for resource in template["Resources"].values():
            if resource["Type"] == kind:
                properties = _plain(resource["Properties"], template, image)
                known = member(operation).members
                getattr(appstream, call)(**{name: value for name, value in properties.items() if name in known})


def _plain(value: Any, template: dict[str, Any], image: str) -> Any:
    """References as what they stand for."""
    if isinstance(value, list):
        return [_plain(one, template, image) for one in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return image if value["Ref"] == "ImageName" else template["Resources"][value["Ref"]]["Properties"]["Name"]
    if "Fn::GetAtt" in value:
        name, attribute = value["Fn::GetAtt"]
        return f"arn:aws:iam::123456789012:role/{name}" if attribute == "Arn" else "sg-0a1b2c3d4e5f67890"
    return {key: _plain(one, template, image) for key, one in value.items()}
