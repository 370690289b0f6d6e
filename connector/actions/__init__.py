"""The verbs a user can say; the only place where the stages meet."""
