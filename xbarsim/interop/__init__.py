"""To and from other tools: each module here needs the package that it is named after."""
