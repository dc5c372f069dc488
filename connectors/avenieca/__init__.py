LABEL = "AveniECA"
SUMMARY = "Digital twins: their states as series, search by vector, and predictions."
