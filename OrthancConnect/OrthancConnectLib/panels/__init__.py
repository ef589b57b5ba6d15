"""The panel, one file a section; each loads its widgets from Resources/UI and asks the logic."""
