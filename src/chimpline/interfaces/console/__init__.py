"""The console: pages for people and an API for programs, served by `chimpline serve`."""
