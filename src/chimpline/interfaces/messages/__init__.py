"""Messages in words: one catalogue a language, and what makes words of it."""

from chimpline.interfaces.messages.catalogue import Told, told, whole, words

__all__ = ["Told", "told", "whole", "words"]
