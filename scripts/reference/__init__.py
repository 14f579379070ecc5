"""The reference of tables that `make docs` writes: pages, diagram, and what others call them.

What it says comes from the catalog; what the catalog does not know stands in the files beside the
modules: `examples.sql`, `links.toml`, `peers.toml`.
"""
