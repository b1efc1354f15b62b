"""The firmware's detector against labelled recordings and emulated runners."""
