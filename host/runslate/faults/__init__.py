"""A campaign of faults: real firmware, bad links, killed hosts, pulled plugs; then what was lost is counted."""
