"""Where the person was: back and forward, as in a browser. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from launcher.ui.rows import is_in_s3


@dataclass(frozen=True, slots=True)
class Where:
    """A level of a place; `root` names the place. Both are addresses in S3, or folders of this computer."""

    root: str
    uri: str

    @property
    def is_here(self) -> bool:
        """Is it on this computer?"""
        return not is_in_s3(self.uri)

    def crumbs(self, name: str) -> tuple[tuple[str, Where], ...]:
        """The way from the place's own name down to here, each with where it leads."""
        steps = [(name, replace(self, uri=self.root))]
        at = self.root
        for part in self.uri.removeprefix(self.root).split("/"):
            if part:
                at += part + "/"
                steps.append((part, replace(self, uri=at)))
        return tuple(steps)


@dataclass(frozen=True, slots=True)
class History:
    """The places visited, and which of them is now."""

    visited: tuple[Where, ...] = ()
    at: int = -1

    @property
    def now(self) -> Where | None:
        """Where the person is."""
        return self.visited[self.at] if self.visited else None

    def to(self, where: Where) -> History:
        """Go on from here; what lay ahead is forgotten."""
        if where == self.now:
            return self
        visited = (*self.visited[: self.at + 1], where)
        return History(visited, len(visited) - 1)

    @property
    def can_go_back(self) -> bool:
        """Was there something before?"""
        return self.at > 0

    @property
    def can_go_forward(self) -> bool:
        """Was something left by going back?"""
        return self.at < len(self.visited) - 1

    def back(self) -> History:
        """One step back, if there is one."""
        return replace(self, at=self.at - 1) if self.can_go_back else self

    def forward(self) -> History:
        """One step forward, if there is one."""
        return replace(self, at=self.at + 1) if self.can_go_forward else self
