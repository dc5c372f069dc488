LABEL = "Works"
SUMMARY = "Series for the tests of charts."
