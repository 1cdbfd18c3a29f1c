"""A service's requests and answers in both of its encodings, by botocore's own readers and writers turned round.

The model names the protocols `smithy-rpc-v2-cbor` and `json`; a client chooses, and is answered alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from botocore.model import DenormalizedStructureBuilder, ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

JSON, CBOR = "json", "smithy-rpc-v2-cbor"
_ERROR = (
    DenormalizedStructureBuilder()
    .with_members({"__type": {"type": "string"}, "message": {"type": "string"}})
    .build_model()
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request as the service understands it."""

    operation: str
    protocol: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer as it goes over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Unreadable(ValueError):
    """A request that no client of this service would make."""


def read_call(service: ServiceModel, path: str, headers: Mapping[str, str], body: bytes) -> Call:
    """The operation and its parameters. Raises `Unreadable`."""
    operation, protocol = _operation(service, path, headers)
    if operation not in service.operation_names:
        raise Unreadable(f"unknown operation {operation}")
    shape = service.operation_model(operation).input_shape
    given = {"status_code": 200, "headers": dict(headers), "body": body}
    if shape is None or (protocol == CBOR and not body):
        return Call(operation, protocol, {})
    try:
        parsed = create_parser(protocol).parse(given, shape)
    except Exception as exc:
        raise Unreadable("the body cannot be read") from exc
    parsed.pop("ResponseMetadata", None)
    return Call(operation, protocol, parsed)


def _operation(service: ServiceModel, path: str, headers: Mapping[str, str]) -> tuple[str, str]:
    target = headers.get("x-amz-target", "")
    if target:
        prefix, _, operation = target.rpartition(".")
        if prefix != service.metadata["targetPrefix"]:
            raise Unreadable(f"unknown target {prefix}")
        return operation, JSON
    parts = path.strip("/").split("/")
    if (
        len(parts) != 4
        or (parts[0], parts[2]) != ("service", "operation")
        or headers.get("smithy-protocol") != "rpc-v2-cbor"
    ):
        raise Unreadable("neither of the service's protocols")
    return parts[3], CBOR


def answer(service: ServiceModel, call: Call, result: Mapping[str, Any]) -> Reply:
    """A result in the encoding of its call."""
    shape = service.operation_model(call.operation).output_shape
    return _reply(200, call.protocol, _encoded(service, call.protocol, shape, dict(result)))


def refusal(service: ServiceModel, protocol: str, code: str, message: str, status: int = 400) -> Reply:
    """An error in the encoding of its call."""
    return _reply(status, protocol, _encoded(service, protocol, _ERROR, {"__type": code, "message": message}))


def _encoded(service: ServiceModel, protocol: str, shape: Any, values: dict[str, Any]) -> bytes:
    """What the writer of requests makes of it, when the output stands where the input does."""
    turned = SimpleNamespace(
        name="Answer", input_shape=shape, http={"method": "POST", "requestUri": "/"}, metadata=service.metadata,
        service_model=service, has_event_stream_output=False, endpoint=None,
    )  # fmt: skip
    if shape is None:
        return b"{}" if protocol == JSON else b"\xa0"
    body = create_serializer(protocol, include_validation=False).serialize_to_request(values, turned)["body"]
    return bytes(body) or b"\xa0"


def _reply(status: int, protocol: str, body: bytes) -> Reply:
    if protocol == CBOR:
        return Reply(status, {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, body)
    return Reply(status, {"Content-Type": "application/x-amz-json-1.1"}, body)
