"""The losses of a run in trackio, on this machine. Run by `nox -s integrations`."""
