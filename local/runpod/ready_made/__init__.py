"""Endpoints whose worker is not ours: RunPod's public ones, and two workers of its Hub.

They check what they are sent as the real ones do, and make small real pictures, films and sounds.
"""
