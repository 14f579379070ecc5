"""All pages of this room, for the application."""

from __future__ import annotations

from fastapi import APIRouter

from chimpline.interfaces.console.pages.defining import metadata, pipelines

router = APIRouter()
router.include_router(pipelines.router)
router.include_router(metadata.router)
