"""Everything that is not a screen: reading, storing, estimating, comparing, sampling."""
