"""The purpose of a resource, for explanations of its template. It stays with the model, and is not in the JSON."""

from __future__ import annotations

PURPOSE = "Purpose"


def purpose(text: str) -> dict[str, str]:
    """The Metadata of a resource that keep the sentence: for types that serve many purposes."""
    return {PURPOSE: text}
