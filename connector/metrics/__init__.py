"""Definitions of dimensions and metrics, and the evaluator that answers queries."""
