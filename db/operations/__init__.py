"""Use cases: permission, load, ask core, store, audit."""
