# Version of the firmware, told in HELLO and in every reel.
FIRMWARE = "0.1.0"
