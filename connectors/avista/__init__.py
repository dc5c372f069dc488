LABEL = "Avista Digital Exchange"
SUMMARY = "Data stores, time-series databases and IoT devices, shared in collaboratives."
