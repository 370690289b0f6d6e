"""The bucket in which published files lie when machines share them: Amazon's S3, one that speaks it, or Google's.

Names in the bucket are the paths of the files below the data directory. A file never changes once it is there, so
putting it twice is harmless and a copy of it is good for ever. delta-rs and obstore are made of the same library, so
tables and files are opened with the same options, and both find the role of a machine by themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from connector.errors import TryLater, quote
from connector.store.bucket_faults import bucket_faults

if TYPE_CHECKING:
    from obstore.store import ObjectStore

PIECE_BYTES: Final = 16 * 2**20
"""A long file is fetched in pieces, each asked for again by itself when a connection breaks."""
_TRIES: Final = 5
_CONNECT: Final = "5s"
_ANSWER: Final = "60s"
_ALL_TRIES: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, repr=False)
class BucketAddress:
    """Where a bucket is and what opens it. It prints as nothing: a secret is in it.

    ``url`` is ``s3://bucket/folder`` or ``gs://bucket/folder``, ``endpoint`` the address of an S3-compatible server.
    What is empty the machine knows: its role, its account, the usual environment.
    """

    url: str
    endpoint: str = ""
    region: str = ""
    key_id: str = ""
    secret: str = ""
    session: str = ""
    key_file: str = ""
    cache_bytes: int = 10 * 10**9
    """Room for local copies that nobody uses."""

    def options(self) -> dict[str, str]:
        """Return what opens the bucket, by the names that both libraries know."""
        if self.url.startswith("gs://"):
            return {"google_service_account": self.key_file} if self.key_file else {}
        given = {
            "aws_endpoint": self.endpoint, "aws_region": self.region, "aws_access_key_id": self.key_id,
            "aws_secret_access_key": self.secret, "aws_session_token": self.session,
        }  # fmt: skip
        return {name: text for name, text in given.items() if text}


class Bucket:
    """Files of the bucket by their names. Safe for threads; the library loads at first use.

    Every method raises SettingsError when the bucket does not let us in or does not exist, and TryLater when it does
    not answer as often as we tried.
    """

    def __init__(self, address: BucketAddress) -> None:
        self._address = address
        self._allow_http = address.endpoint.startswith("http://")

    def uri(self, name: str) -> str:
        """Return the address of a file or folder, as readers of Delta tables take it."""
        return f"{self._address.url}/{name}"

    def table_options(self) -> dict[str, str]:
        """Return the options with which delta-rs opens a table in the bucket.

        A commit is put only where there is none of its version yet (a conditional put), so of two writers one is
        refused and tries again; no lock table is needed.
        """
        limits = {
            "timeout": _ANSWER, "connect_timeout": _CONNECT, "allow_http": str(self._allow_http).lower(),
            "max_retries": str(_TRIES), "retry_timeout": f"{_ALL_TRIES.seconds}s",
        }  # fmt: skip
        put = {"aws_conditional_put": "etag"} if self._address.url.startswith("s3://") else {}
        return self._address.options() | limits | put

    def put(self, source: Path, name: str) -> None:
        """Put a file into the bucket. It is there as a whole or not at all, also when this process is killed."""
        import obstore  # noqa: PLC0415  only who has a bucket pays for it

        with bucket_faults(self._address.url):
            obstore.put(self._store, name, source)

    def fetch(self, name: str, target: Path) -> None:
        """Copy a file to ``target``. Raises FileNotFoundError when it is gone."""
        import obstore  # noqa: PLC0415

        with bucket_faults(self._address.url), target.open("wb") as file:
            first = obstore.get(self._store, name, options={"range": (0, PIECE_BYTES)})
            size = first.meta["size"]
            file.write(first.bytes())
            while file.tell() < size:
                file.write(obstore.get_range(self._store, name, start=file.tell(), length=PIECE_BYTES))
            if file.tell() != size:
                raise TryLater(
                    f"The bucket sent {file.tell():,} of {size:,} bytes of {quote(name, 200)}.",
                    place=self._address.url,
                    remedy="Try again.",
                )

    def size(self, name: str) -> int:
        """Return the length of a file in bytes. Raises FileNotFoundError when it is gone."""
        import obstore  # noqa: PLC0415

        with bucket_faults(self._address.url):
            return int(obstore.head(self._store, name)["size"])

    def names(self, folder: str) -> list[str]:
        """Return the names of all files below a folder."""
        import obstore  # noqa: PLC0415

        with bucket_faults(self._address.url):
            return [entry["path"] for some in obstore.list(self._store, f"{folder}/") for entry in some]

    def remove(self, names: Collection[str]) -> None:
        """Remove files; those that are gone already are no error."""
        import obstore  # noqa: PLC0415

        with bucket_faults(self._address.url):
            if names:
                obstore.delete(self._store, sorted(names))

    def check(self) -> None:
        """Ask the bucket for the names of nothing, to see that it answers and lets us in."""
        import obstore  # noqa: PLC0415

        with bucket_faults(self._address.url):
            next(iter(obstore.list(self._store, "locks/", chunk_size=1)), None)

    @cached_property
    def _store(self) -> ObjectStore:
        from obstore.store import from_url  # noqa: PLC0415

        config: Any = self._address.options()  # typed for one vendor or the other
        return from_url(
            self._address.url,
            config=config,
            client_options={"timeout": _ANSWER, "connect_timeout": _CONNECT, "allow_http": self._allow_http},
            retry_config={"max_retries": _TRIES, "retry_timeout": _ALL_TRIES},
        )
