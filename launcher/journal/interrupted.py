"""Large files on their way when a kill comes: blocks that have arrived, and uploads in parts that were begun."""

from __future__ import annotations

from launcher.journal.journal import Journal


class Interrupted:
    """What the next run goes on with, in the journal's file."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def blocks(self, project_id: str, path: str, etag: str) -> set[int]:
        """Blocks of a large file that are already on disk; those of another version are forgotten."""
        with self._journal.transaction() as db:
            db.execute("DELETE FROM block WHERE project=? AND path=? AND etag<>?", (project_id, path, etag))
            rows = db.execute(
                "SELECT number FROM block WHERE project=? AND path=? AND etag=?", (project_id, path, etag)
            )
            return {row[0] for row in rows}

    def add_block(self, project_id: str, path: str, etag: str, number: int) -> None:
        """One more block is on disk."""
        with self._journal.transaction() as db:
            db.execute("INSERT OR REPLACE INTO block VALUES (?,?,?,?)", (project_id, path, etag, number))

    def drop_blocks(self, project_id: str, path: str) -> None:
        """The file is complete, or starts again."""
        with self._journal.transaction() as db:
            db.execute("DELETE FROM block WHERE project=? AND path=?", (project_id, path))

    def upload(self, project_id: str, path: str) -> tuple[str, str, str] | None:
        """An unfinished upload in parts: its id, its key, and the fingerprint of the file that it is of."""
        query = "SELECT upload_id, key, coalesce(fingerprint, '') FROM upload WHERE project=? AND path=?"
        with self._journal.transaction() as db:
            row = db.execute(query, (project_id, path)).fetchone()
        return tuple(row) if row else None

    def uploads(self, project_id: str) -> list[tuple[str, str, str, str]]:
        """All of a project: the path, the id, the key and the fingerprint of each."""
        query = "SELECT path, upload_id, key, coalesce(fingerprint, '') FROM upload WHERE project=?"
        with self._journal.transaction() as db:
            return db.execute(query, (project_id,)).fetchall()

    def put_upload(self, project_id: str, path: str, upload_id: str, key: str, fingerprint: str) -> None:
        """Written before the first part goes."""
        row = (project_id, path, upload_id, key, fingerprint)
        columns = "project, path, upload_id, key, fingerprint, crc64nvme"  # the last one was another sign of the file
        with self._journal.transaction() as db:
            db.execute(f"INSERT OR REPLACE INTO upload ({columns}) VALUES (?,?,?,?,?,'')", row)  # noqa: S608

    def drop_upload(self, project_id: str, path: str) -> None:
        """It is complete, or was aborted."""
        with self._journal.transaction() as db:
            db.execute("DELETE FROM upload WHERE project=? AND path=?", (project_id, path))
