"""The members of one audience: what changed, who vanished, and how that is proven."""
