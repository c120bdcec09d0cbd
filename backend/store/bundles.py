"""What a bundle of runs is called inside: names that its writer and its reader share."""

KIND = "reasoning-boundary-explorer run bundle"
FORM = 1
"""The form of the bundle; a later program reads earlier forms."""
MANIFEST = "manifest.json"
