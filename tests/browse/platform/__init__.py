LABEL = "Tree"
SUMMARY = "A tree in memory."
