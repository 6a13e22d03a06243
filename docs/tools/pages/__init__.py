"""The pages' source: fences, tangled code, notebooks, scripts to download, hooks of the build."""
