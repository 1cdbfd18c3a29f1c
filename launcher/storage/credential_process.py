"""The program that a profile names for its keys, as a stream's images do, and that may never answer.

botocore waits for it without end. It is given a while here, and then ended.
"""

from __future__ import annotations

import subprocess
from typing import Any

from botocore.credentials import ProcessProvider
from botocore.session import Session

#: In seconds; at the start of a session the answer may take some.
PATIENCE_S = 30.0


class _Bounded(subprocess.Popen[bytes]):
    """As botocore uses it: begun, and asked for all that it says."""

    def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:  # noqa: A002
        try:
            return super().communicate(input, PATIENCE_S if timeout is None else timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            self.wait()
            for pipe in (self.stdout, self.stderr):  # not read to their end: a child of its own may hold them open
                if pipe is not None:
                    pipe.close()
            raise


def bound(session: Session) -> None:
    """Have this session ask it so; raises `subprocess.TimeoutExpired` from then on, where it is silent."""
    profile = session.get_config_variable("profile") or "default"
    provider = ProcessProvider(profile, lambda: session.full_config, _Bounded)
    session.get_component("credential_provider").insert_before(ProcessProvider.METHOD, provider)
