# Filled in below: find_package(sluice) and pkg-config.
