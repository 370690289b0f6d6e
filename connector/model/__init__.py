"""The words of Puente: schema, period, filter, table, report. No I/O."""
