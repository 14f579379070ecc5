"""The members of one audience: what changed, who is gone, and how that is proven."""
