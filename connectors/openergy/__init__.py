LABEL = "OpenergyVBP"
SUMMARY = "Openergy's platform: gates, importers, cleaners and analyses of building data."
