"""Files of the sandbox's Drive and who may do what with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connector.sandbox.google.book import Book, Books
from connector.sandbox.google.drive_refusals import file_not_found, not_enough
from connector.sandbox.google.identity import OWNER, Person, person_of
from connector.sandbox.google.refusals import denied, not_found

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
FOLDER = "application/vnd.google-apps.folder"
ROLES = ("reader", "commenter", "writer", "fileOrganizer", "organizer", "owner")
"""From the least to the most."""
READ, WRITE, ORGANIZE, OWN = 1, 3, 4, 6


@dataclass(slots=True)
class Permission:
    """Who may do what with one file. ``email`` is set for ``user`` and ``group``, ``domain`` for ``domain``."""

    id: str
    type: str
    role: str
    email: str = ""
    domain: str = ""
    is_discoverable: bool = False
    ends: str = ""
    is_pending: bool = False
    """Whether the file was offered to this writer, who may take it over (``pendingOwner``)."""

    @property
    def rank(self) -> int:
        return ROLES.index(self.role) + 1

    def fits(self, person: Person) -> bool:
        """Say whether the permission is this person's."""
        if self.type == "anyone":
            return True
        return self.domain == person.domain if self.type == "domain" else self.email.lower() == person.email.lower()


@dataclass(slots=True)
class File:
    """One file, folder or shared drive."""

    id: str
    name: str
    mime: str
    made: datetime
    changed: datetime
    permissions: dict[str, Permission] = field(default_factory=dict)
    parents: list[str] = field(default_factory=list)
    app_properties: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    is_trashed: bool = False
    is_starred: bool = False
    by_app: bool = False
    """Whether the app made or was handed the file: with ``drive.file`` it sees no other."""
    blocks_readers: bool = False
    """``copyRequiresWriterPermission``."""
    content: bytes = b""
    description: str = ""
    is_drive: bool = False
    """A shared drive, which is its files' uppermost folder."""


class Files:
    """Every file there is, spreadsheets included: their name is the title of their book."""

    def __init__(self, books: Books, now: Callable[[], datetime]) -> None:
        self.books = books
        self.now = now
        self.mails: list[tuple[str, str]] = []
        """(file id, address) of each e-mail that Drive sent about a new permission."""
        self._files: dict[str, File] = {}
        books.may = self.may
        books.made = self.made

    # What Sheets asks

    def may(self, book: str, user: str, write: bool) -> None:
        """Raise Refused in the words of Sheets where a user (an address) may not read or write a book."""
        file = self._files.get(book)
        if file is None:
            raise not_found()
        if self.rank(file, person_of(user)) < (WRITE if write else READ):
            raise denied()

    def made(self, book: Book) -> None:
        """Make the file of a book that was made through Sheets, in its owner's My Drive."""
        owner = person_of(book.owner or book.user or OWNER.email)
        self.add(File(book.id, "", SPREADSHEET, self.now(), self.now(), by_app=True), owner)

    # The shelf

    def __iter__(self) -> Iterator[File]:
        return iter(list(self._files.values()))

    def add(self, file: File, owner: Person) -> File:
        """Put a file into a folder, or its owner's My Drive. Files of a shared drive have no owner of their own."""
        if not file.parents:
            file.parents = [root_of(owner)]
        if self.drive_of(file) is None:
            file.permissions[owner.number] = Permission(owner.number, "user", "owner", owner.email)
        self._files[file.id] = file
        return file

    def open(self, file: str, person: Person, rank: int = READ, *, only_app: bool = False) -> File:
        """Return a file. Raises DriveRefused: 404 where the person sees no such file, 403 for too little a role."""
        found = self._files.get(file)
        if found is None or not self.rank(found, person) or (only_app and not found.by_app):
            raise file_not_found(file)
        if self.rank(found, person) < rank:
            raise not_enough()
        return found

    def knows(self, file: str) -> bool:
        """Say whether there is a file with this id."""
        return file in self._files

    def find(self, file: str) -> File:
        """Return a file, whoever asks. Raises DriveRefused, 404."""
        if file not in self._files:
            raise file_not_found(file)
        return self._files[file]

    def delete(self, file: File) -> None:
        """Delete a file for good, and what lies in it."""
        for other in self:
            if file.id in other.parents:
                self.delete(other)
        self._files.pop(file.id, None)
        self.books.drop(file.id)

    def rank(self, file: File, person: Person) -> int:
        """Return what a person may do with a file: the place of the role in ROLES from 1 on, 0 for nothing."""
        now = stamp(self.now())
        own = [one.rank for one in file.permissions.values() if one.fits(person) and (not one.ends or one.ends > now)]
        above = [self.rank(self._files[parent], person) for parent in file.parents if parent in self._files]
        return max([*own, *above], default=0)

    def drive_of(self, file: File) -> File | None:
        """Return the shared drive that a file is in; None for one in somebody's My Drive."""
        for parent in (self._files.get(one) for one in file.parents):
            if parent is not None:
                return parent if parent.is_drive else self.drive_of(parent)
        return None

    def owner(self, file: File) -> Person | None:
        """Return whose file it is; None in a shared drive."""
        found = next((one for one in file.permissions.values() if one.role == "owner"), None)
        return person_of(found.email) if found is not None else None

    def name(self, file: File) -> str:
        """Return a file's name."""
        if file.mime != SPREADSHEET:
            return file.name
        return str(self.books.find(file.id).properties.get("title", ""))

    def changed(self, file: File) -> datetime:
        """Return when a file was last changed, through Drive or through Sheets."""
        inside = self.books.find(file.id).now if file.mime == SPREADSHEET else None
        return max(file.changed, inside or file.changed)

    def rename(self, file: File, name: str) -> None:
        """Give a file another name; a spreadsheet's title is its name."""
        file.name = name
        if file.mime == SPREADSHEET:
            draft = self.books.find(file.id).draft(now=self.now())
            draft.properties["title"] = name
            self.books.keep(draft)


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as one person sees it: what ``q`` asks and what answers show."""

    files: Files
    file: File
    person: Person

    def fact(self, name: str) -> Any:
        """Return one fact that a query can ask about."""
        file, roles = self.file, self.file.permissions.values()
        if name in ("name", "fullText"):
            return self.files.name(file)
        if name in ("owners", "writers", "readers"):
            least = {"owners": OWN, "writers": WRITE, "readers": READ}[name]
            return [one.email for one in roles if one.rank >= least]
        if name == "sharedWithMe":
            return self.files.owner(file) not in (self.person, None)
        facts = {
            "mimeType": file.mime, "trashed": file.is_trashed, "starred": file.is_starred, "parents": self.parents(),
            "appProperties": file.app_properties, "properties": file.properties,
            "createdTime": stamp(file.made), "modifiedTime": stamp(self.files.changed(file)),
            "viewedByMeTime": stamp(self.files.changed(file)),
        }  # fmt: skip
        return facts[name]

    def parents(self) -> list[str]:
        """Return the folders, with ``root`` for the person's own My Drive as well."""
        mine = root_of(self.person)
        return [*self.file.parents, *(["root"] if mine in self.file.parents else [])]

    def is_listed(self) -> bool:
        """Say whether a list of the person's files names it: their own and what was shared with them by name."""
        direct = any(one.fits(self.person) and one.type != "anyone" for one in self.file.permissions.values())
        in_drive = self.files.drive_of(self.file) is not None
        return direct or (in_drive and self.files.rank(self.file, self.person) > 0)


def root_of(person: Person) -> str:
    """Return the id of a person's My Drive."""
    return f"0A{person.number[-14:]}PVA"


def stamp(moment: datetime) -> str:
    """Return a moment as Drive writes it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
