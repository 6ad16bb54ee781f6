"""Pictures, videos, voices and speech of a Firepod backend, from servers and notebooks."""

from firepod_client.client import AsyncFirepod, Firepod, site
from firepod_client.documents import Generation, Output, Page
from firepod_client.errors import FirepodError, GenerationEnded, StillRunning
from firepod_client.requests import GenerationRequest
from firepod_client.sign_in import Account, Token

VERSION = "0.1.0"

__all__ = [
    "Account",
    "AsyncFirepod",
    "Firepod",
    "FirepodError",
    "Generation",
    "GenerationEnded",
    "GenerationRequest",
    "Output",
    "Page",
    "StillRunning",
    "Token",
    "site",
]
