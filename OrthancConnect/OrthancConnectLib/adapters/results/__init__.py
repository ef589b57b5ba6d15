"""Results of the scene: what there is, as folders, and as nodes again."""
