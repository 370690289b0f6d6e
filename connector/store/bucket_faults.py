"""What the failures of a bucket mean: settings that the operator must correct, or nothing but waiting.

obstore and delta-rs hand on what the server wrote, as text that holds the request and much else. Only the server's
code is taken from it, so nothing that was sent can come out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from connector.errors import PuenteError, SettingsError, TryLater, quote
from connector.store.faults import is_full

_CODE: Final = re.compile(r"<Code>([A-Za-z]{1,60})</Code>|non-2xx status code\W+(\d{3})\b")
_CLOSED: Final = frozenset(
    {"401", "403", "AccessDenied", "AllAccessDisabled", "AuthorizationHeaderMalformed", "ExpiredToken",
     "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch"}
)  # fmt: skip
_ABSENT: Final = frozenset({"NoSuchBucket"})
_ELSEWHERE: Final = frozenset({"301", "PermanentRedirect"})
_STRANGERS: Final = ("169.254.169.254", "169.254.170.2", "metadata.google.internal", "unable to load credentials")
"""Where the libraries look for the role of a machine when no key was given."""
_OURS: Final = ("obstore", "deltalake", "_internal")
_WORDS: Final = ("error performing", "generic s3 error", "generic gcs error", "object at location", "kernel error")


@contextmanager
def bucket_faults(url: str) -> Iterator[None]:
    """Turn failures of the bucket inside the block into SettingsError or TryLater; other errors pass unchanged.

    A file that is not there stays a FileNotFoundError.
    """
    try:
        yield
    except PuenteError:
        raise
    except Exception as error:
        meant = _meaning(error, url)
        if meant is None:
            raise
        raise meant from None  # what the server wrote goes no further


def _meaning(error: Exception, url: str) -> PuenteError | None:
    text = str(error)
    if is_full(error) or not _is_of_bucket(error, text):
        return None
    codes = [found[1] or found[2] for found in _CODE.finditer(text)]
    named = next((code for code in codes if not code.isdigit()), next(iter(codes), ""))
    if _ABSENT & set(codes):
        return SettingsError("The bucket does not exist.", place=url, remedy="Make it, or correct PUENTE_TABLES_URL.")
    if _CLOSED & set(codes):
        return SettingsError(
            f"The bucket does not let us in: {quote(named)}.",
            place=url,
            remedy="Correct the key, its region and its rights: it must list, read, write and delete.",
        )
    if _ELSEWHERE & set(codes):
        return SettingsError("The bucket is in another region.", place=url, remedy="Correct AWS_REGION.")
    if isinstance(error, FileNotFoundError):
        return None
    if any(words in text.lower() for words in _STRANGERS):
        return SettingsError(
            "There is no key for the bucket, and this machine has no role that could open it.",
            place=url,
            remedy="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or GOOGLE_APPLICATION_CREDENTIALS.",
        )
    remedy = "Check that it can be reached, then try again."
    if named:
        return TryLater(f"The bucket could not do it: {quote(named)}.", place=url, remedy=remedy)
    return TryLater("The bucket does not answer.", place=url, remedy=remedy)


def _is_of_bucket(error: Exception, text: str) -> bool:
    """Tell a failure of the bucket from one of ours: delta-rs raises OSError for both."""
    home = type(error).__module__.partition(".")[0]
    return home in _OURS or any(words in text.lower() for words in _WORDS)
