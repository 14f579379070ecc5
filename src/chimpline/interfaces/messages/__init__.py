"""Messages in words: one catalogue a language, and what makes words of it."""

from chimpline.interfaces.messages.catalogue import Told, speak, told, whole, words

__all__ = ["Told", "speak", "told", "whole", "words"]
