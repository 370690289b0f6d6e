"""How Google looks when something goes wrong, before a change is made or after it."""

from __future__ import annotations

from connector.sandbox.google.addresses import Api, api_of
from connector.sandbox.google.quotas import counted, exhausted, rate_limit
from connector.sandbox.google.refusals import Refused
from connector.sandbox.google.service import Google, refusal, unauthenticated
from connector.sandbox.google.tokens import bearer
from connector.sandbox.http.faults import Fault
from connector.sandbox.http.message import Answer, Request

BAD_GATEWAY = (
    b'<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error 502 (Server Error)!!1</title>\n'
    b"  <p><b>502.</b> <ins>That's an error.</ins>\n  <p>The server encountered a temporary error and could not "
    b"complete your request.<p>Please try again in 30 seconds.  <ins>That's all we know.</ins>\n"
)  # fmt: skip


def before(google: Google, fault: Fault, request: Request) -> Answer | None:
    """Return the answer of a fault that comes instead of doing anything; None for other faults."""
    api = api_of(request)
    if fault.name == "drop":
        return Answer(delivery="dropped")
    if fault.name in ("rate_limit", "rate_limit_silent"):
        answer = _too_many(api, request)
        if fault.name == "rate_limit":
            answer.headers["Retry-After"] = f"{fault.number('seconds'):g}"
        return answer
    if fault.name == "error_500":
        return refusal(api, _broken(api, 500))
    if fault.name == "error_503":
        return refusal(api, _broken(api, 503))
    if fault.name == "html_502":
        return Answer(502, raw=BAD_GATEWAY, headers={"Content-Type": "text/html; charset=UTF-8"})
    if fault.name == "expired_token" and api in ("sheets", "drive"):
        google.tokens.expire(bearer(request))
        return unauthenticated(api)
    return None


def after(fault: Fault, request: Request, answer: Answer) -> Answer:
    """Return what becomes of an answer whose request was carried out."""
    if fault.name == "error_503_after":
        return refusal(api_of(request), _broken(api_of(request), 503))
    if fault.name == "lost_reply":
        answer.delivery = "dropped"
    elif fault.name == "truncate":
        answer.delivery = "truncated"
    elif fault.name == "malformed":
        answer.delivery = "halved"
    elif fault.name == "drip":
        answer.delivery, answer.wait_seconds = "dripped", fault.number("seconds")
    elif fault.name in ("latency", "late_reply"):
        answer.wait_seconds = fault.number("seconds")
    return answer


def _too_many(api: Api, request: Request) -> Answer:
    if api == "drive":
        return refusal(api, rate_limit())
    return refusal(api, exhausted(counted("sheets", request) or "read"))


def _broken(api: Api, status: int) -> Refused:
    if api == "drive":
        return Refused(status, "backendError" if status == 503 else "internalError", "Internal Error")
    words = {500: "Internal error encountered.", 503: "The service is currently unavailable."}
    return Refused(status, {500: "INTERNAL", 503: "UNAVAILABLE"}[status], words[status])
