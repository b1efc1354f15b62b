"""The wire protocol of Runslate: bytes in, messages out."""
