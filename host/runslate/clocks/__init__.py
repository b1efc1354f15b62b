"""Board clocks: how a crystal follows the temperature, and profiles of clocks and links to test with."""
