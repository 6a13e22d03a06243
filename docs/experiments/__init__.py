"""The slow computations behind the pages, one module a page."""
