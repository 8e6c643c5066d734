"""The scoring service beside its floor and beside a plain pandas service, over HTTP."""
