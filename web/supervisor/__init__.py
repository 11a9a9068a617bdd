"""The embedded mode: one process that owns the database, the web processes, the worker and the ticker."""
