"""Why a command ends before it is done."""


class Stopped(Exception):
    """The sentence for who has typed the command."""


class NotThere(Stopped):
    """RunPod knows no such endpoint, or not of this key."""


class Unsaid(Stopped):
    """RunPod has not said whether it has done what it was asked."""
