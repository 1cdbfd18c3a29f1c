"""What goes in and out of the bench server: a request, an answer, and S3's way of saying no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@dataclass(slots=True)
class Request:
    """One request, its body complete and unwrapped; header names are in lower case."""

    method: str
    bucket: str
    key: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(slots=True)
class Answer:
    """One answer; `length` is what the Content-Length says where it is not the body's (HEAD)."""

    status: int = 200
    body: bytes | memoryview = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None


class S3Error(Exception):
    """A refusal, with the status and code that S3 gives."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.status = status
        self.code = code

    def answer(self) -> Answer:
        """The refusal as XML."""
        body = f"<Error><Code>{self.code}</Code><Message>{xml_text(str(self))}</Message></Error>"
        return xml_answer(body, status=self.status)


def no_such_key(key: str) -> S3Error:
    """The key is not there."""
    return S3Error(404, "NoSuchKey", f"The specified key does not exist: {key}")


def precondition_failed() -> S3Error:
    """The If-Match or If-None-Match of the request does not hold."""
    return S3Error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")


def xml_answer(body: str, status: int = 200) -> Answer:
    """An XML document as an answer."""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'
    return Answer(status, text.encode(), {"Content-Type": "application/xml"})


def xml_text(text: str) -> str:
    """Text inside an element; control characters become references, as S3 writes them."""
    if text.isprintable():
        return escape(text)
    return "".join(f"&#{ord(char)};" if char < " " else escape(char) for char in text)
