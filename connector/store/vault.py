"""Secrets at rest: AES-256-GCM, tied to the row they belong to, with the id of their key for rotation.

A sealed text is ``v1:<key id>:<base64url of nonce and ciphertext>``. The row id is associated data (NIST SP 800-38D):
it is not in the text, yet a text copied to another row does not open. Nonces are 96 random bits, which is good for
2^32 texts a key. A new key is put in front of the old ones; old texts open with theirs until they are sealed again.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from connector.errors import SettingsError, UserError, quote
from connector.store.locks import LockTimeout, file_lock

SETTING: Final = "PUENTE_VAULT_KEYS"
VERSION: Final = "v1"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
LOCK_SECONDS: Final = 30.0

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_PLACE: Final = "stored secret"


class Vault:
    """Seals and opens the secrets of connections. Prints without its keys."""

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        """``keys`` maps key ids to 32 bytes each; ``current`` seals. Raises SettingsError for keys of no use."""
        for identity, key in keys.items():
            if not _KEY_ID.fullmatch(identity) or len(key) != KEY_BYTES:
                raise SettingsError(f"The vault key {quote(identity)} is not 32 bytes long.", remedy=_FORMAT)
        if current not in keys:
            raise SettingsError(f"There is no vault key {quote(current)}.", remedy=_FORMAT)
        # A server that answers questions starts without it.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        self._ciphers = {identity: AESGCM(key) for identity, key in keys.items()}
        self.current = current

    def __repr__(self) -> str:
        return f"Vault({', '.join(self._ciphers)})"

    def seal(self, row_id: str, data: Mapping[str, str]) -> str:
        """Return the text to store in the row ``row_id``; sealing twice gives two different texts."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        plain = json.dumps(dict(data), sort_keys=True).encode()
        sealed = nonce + self._ciphers[self.current].encrypt(nonce, plain, _bound(self.current, row_id))
        return f"{VERSION}:{self.current}:{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, row_id: str, text: str) -> dict[str, str]:
        """Return what was sealed for this row.

        Raises UserError when the text was changed, belongs to another row or was sealed with a key that is not here.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415

        version, _, rest = text.partition(":")
        identity, _, body = rest.partition(":")
        if version != VERSION or not _KEY_ID.fullmatch(identity):
            raise _damaged()
        cipher = self._ciphers.get(identity)
        if cipher is None:
            raise UserError(
                f"The secret was sealed with the key {quote(identity)}, which is not here.",
                place=_PLACE,
                remedy=f"Put that key back into {SETTING} or the key file, or connect again.",
            )
        try:
            sealed = base64.b64decode(body, altchars=b"-_", validate=True)
            plain = cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(identity, row_id))
        except (InvalidTag, binascii.Error, ValueError):
            raise _damaged() from None
        return {str(name): str(value) for name, value in json.loads(plain).items()}

    def is_current(self, text: str) -> bool:
        """Say whether a text is sealed with the current key; others should be sealed again."""
        return text.startswith(f"{VERSION}:{self.current}:")


def load_vault(setting_text: str, key_file: Path) -> Vault:
    """Return the vault of the keys in the setting, else of the key file, which is made at first use.

    Both hold ``id:base64,id2:base64``; the first is the current one. The file is made by one process only, with
    rights for its owner alone. Raises SettingsError, never with a key in its text.
    """
    if setting_text.strip():
        return _vault(setting_text, SETTING)
    place = f"the file {key_file.name}"
    try:
        if not key_file.exists():
            _make(key_file)
        if os.name == "posix" and key_file.stat().st_mode & 0o077:
            raise SettingsError(
                "The vault keys can be read by other users of this machine.",
                place=place,
                remedy=f"Take their rights away: chmod 600 {key_file}",
            )
        return _vault(key_file.read_text(encoding="ascii"), place)
    except LockTimeout:
        raise SettingsError("Another process does not let go of the lock.", place=place, remedy="End it.") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not plain text"
        raise SettingsError(
            f"The vault keys cannot be read or made: {reason}.", place=place, remedy=f"Or give them in {SETTING}."
        ) from None


def _make(key_file: Path) -> None:
    with file_lock(key_file.with_name(key_file.name + ".lock"), LOCK_SECONDS):
        if key_file.exists():
            return  # another process was first
        key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
        draft = key_file.with_name(f"{key_file.name}.{os.getpid()}.new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"k{secrets.token_hex(4)}:{key}\n")
            file.flush()
            os.fsync(file.fileno())  # secrets sealed with a key that a power cut took away are lost
        draft.replace(key_file)
        if os.name == "posix":
            folder = os.open(key_file.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


_FORMAT: Final = (
    f"Write {SETTING} as id:key,id2:key with the newest first, each key 32 random bytes in base64 "
    "(openssl rand -base64 32)."
)


def _vault(text: str, place: str) -> Vault:
    keys: dict[str, bytes] = {}
    for number, entry in enumerate(text.strip().split(","), start=1):
        identity, _, encoded = entry.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not _KEY_ID.fullmatch(identity) or len(key) != KEY_BYTES or identity in keys:
            raise SettingsError(f"Vault key {number} cannot be used.", place=place, remedy=_FORMAT)
        keys[identity] = key
    return Vault(keys, next(iter(keys)))


def _bound(identity: str, row_id: str) -> bytes:
    return json.dumps(["puente vault", VERSION, identity, row_id]).encode()


def _damaged() -> UserError:
    return UserError(
        "The secret cannot be opened: it was changed, or it belongs to another connection.",
        place=_PLACE,
        remedy="Connect again.",
    )
