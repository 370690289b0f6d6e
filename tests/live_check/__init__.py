"""What only a live Google account can show: ``make live-check LIVE_ARGS='-w acme'``. Tries ten questions on a scratch
spreadsheet, says what Google does, and records what was asked and answered."""
