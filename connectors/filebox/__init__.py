LABEL = "File box"
SUMMARY = "CSV, Parquet and Excel files that you upload; their columns become series."
