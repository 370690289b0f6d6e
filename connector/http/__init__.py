"""One HTTP client for all vendors: timeouts, bounded retry by a table, tokens, shared budgets, redaction.

It knows no vendor. A source brings a :class:`~connector.http.retry.Policy` (its table and its words), a token, the
limits of its endpoint families, and sends :class:`~connector.http.answer.Request` objects through a
:class:`~connector.http.client.Client`, directly or through a vendor's library by way of
:class:`~connector.http.pool.VendorPool`.
"""
