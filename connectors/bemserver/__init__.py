LABEL = "BEMServer"
SUMMARY = "Free building-energy management: sites, buildings, zones and their meters."
