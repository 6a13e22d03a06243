"""The slow computations behind the pages, in modules called after what they compute."""
