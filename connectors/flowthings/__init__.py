LABEL = "flowthings.io"
SUMMARY = "Flows of timestamped drops, with filters, tracks, live updates and shares."
