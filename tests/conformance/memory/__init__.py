LABEL = "Memory"
SUMMARY = "A small platform for tests."
