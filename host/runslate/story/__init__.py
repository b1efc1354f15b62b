"""The case that it all began with, as one emulated production: from the first no to the audit of its library."""
