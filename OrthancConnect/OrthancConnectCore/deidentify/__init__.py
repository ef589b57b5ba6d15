"""De-identification before a byte leaves (PS3.15 Annex E)."""
