# Generated from protocol/runslate_protocol by tools/generate_wire.py: edit those, then `make wire`.
#
# Text in comments: u8 length + that many bytes of UTF-8 (text8), u16 length (text16).
# A list is a u8 count, then its records. Everything is little-endian.
# A format covers the fixed part of a payload; what follows it is named beside it.
from micropython import const

VERSION = const(1)
VERSION_LOW = const(1)
VERSION_HIGH = const(1)
# Hash of the schema, for HELLO
FINGERPRINT = const(914628954)
# Frame: COBS( header | payload | crc32 ) 0x00
# version, address, boot_id, sequence, type
HEADER = "<BBIHB"
HEADER_SIZE = const(9)
CRC_SIZE = const(4)
MAX_PAYLOAD = const(640)
MAX_BODY = const(653)
MAX_FRAME = const(656)
ADDRESS_ANY = const(0)
ADDRESS_ALL = const(255)
BOOT_ANY = const(0)
MAX_ID = const(1073741823)
REPLY = const(128)
REQUEST_MEMORY = const(8)
EVENT_SIZE = const(16)
MAX_REEL_ENTRIES = const(8)
MAX_ECHO = const(600)
MAX_CRASH = const(200)

# Types; a reply's type is its request's | REPLY
MSG_HELLO = const(0x01)
MSG_PING = const(0x02)
MSG_ECHO = const(0x03)
MSG_STATUS = const(0x04)
MSG_GET = const(0x05)
MSG_SET = const(0x06)
MSG_START = const(0x07)
MSG_STOP = const(0x08)
MSG_REELS = const(0x09)
MSG_PAGES = const(0x0A)
MSG_RECEIPT = const(0x0B)
MSG_SELFTEST = const(0x0C)
MSG_LAMP = const(0x0D)
MSG_SUBSCRIBE = const(0x0E)
MSG_ENTER_REPL = const(0x0F)
MSG_RESET = const(0x10)
MSG_EVENT_ACK = const(0x11)
MSG_SENSE = const(0x12)
MSG_BELT = const(0x13)
MSG_EVENT = const(0x40)
MSG_PAGE = const(0x41)
MSG_LOG = const(0x42)
MSG_ERROR = const(0x7F)

# Payloads that are more than a request id (u16)
# request_id, version_low, version_high
HELLO_REQUEST = "<HBB"
# request_id, version_low, version_high, max_payload, event_window, capabilities, fingerprint, uid,
#   role, reset_cause, time; then firmware: text8, board: text8, imu: text8, crash: text8
HELLO_REPLY = "<HBBHBII8sBBHI"
# request_id, host_us
PING_REQUEST = "<HQ"
# request_id, host_us, received, sent
PING_REPLY = "<HQHIHI"
# ECHO_REQUEST: request_id, data: rest
# ECHO_REPLY: request_id, data: rest
# request_id, state, reel_id, pages, pages_free, pages_total, seconds_left, samples, overruns,
#   fifo_max, battery_mv, temperature, events_next, events_dropped, heap_free, loop_us_max, time
STATUS_REPLY = "<HBIIIIIIHHHhIHIIHI"
# GET_REQUEST: request_id, key: text8
# GET_REPLY: request_id, value: text16
# SET_REQUEST: request_id, key: text8, value: text8
# SET_REPLY: request_id, value: text8
# request_id, utc_ms, max_seconds
START_REQUEST = "<HQH"
# behind it, 0 where an older host sends less: start_utc_ms, mode, preroll_s
START_REQUEST_MORE = "<QBB"
# request_id, reel_id, time
START_REPLY = "<HIHI"
# request_id, reel_id, pages, reason
STOP_REPLY = "<HIIB"
# request_id, skip
REELS_REQUEST = "<HB"
# request_id, total; then reels: list of ReelEntry
REELS_REPLY = "<HB"
# request_id, reel_id, first, count
PAGES_REQUEST = "<HIIH"
# request_id, count
PAGES_REPLY = "<HH"
# request_id, library_id, reel_id, pages
RECEIPT_REQUEST = "<H8sII"
# request_id, freed_pages
RECEIPT_REPLY = "<HI"
# request_id, passed; then checks: list of Check
SELFTEST_REPLY = "<HB"
# request_id, mode
LAMP_REQUEST = "<HB"
# request_id, events, pages
SUBSCRIBE_REQUEST = "<HBB"
# behind it, 0 where an older host sends less: window, page_window
SUBSCRIBE_REQUEST_MORE = "<BB"
# next
EVENT_ACK = "<I"
# request_id, ax, ay, az, gx, gy, gz, accel_mg_q10, peak_mg, temperature, tick
SENSE_REPLY = "<HhhhhhhHHhI"
# request_id, pulses, interval_us, last, time
BELT_REPLY = "<HIIHIHI"
# sequence, event
EVENT = "<IBBIHHHHH"
# level; then text: rest as text
LOG = "<B"
# request_id, code; then sentence: text8
ERROR = "<HB"

# Records in payloads and pages
# wraps, us
TIME = "<HI"
# reel_id, boot_id, pages, closed, reason, utc_ms, torn
REEL_ENTRY = "<IIIBBQB"
# CHECK: name: text8, passed: u8, detail: text8
# kind, flags, tick, p0, p1, p2, p3, p4
EVENT_FORMAT = "<BBIHHHHH"
# magic, kind, format, flags, boot_id, reel_id, index, tick, period, count, used, anchor_tick,
#   anchor_us, anchor_wraps, temperature
PAGE_HEADER = "<BBBBIIIIHBBIIHh"
# uid, utc_ms, odr_hz, accel_range_g, gyro_range_dps, gyro, who_am_i, freq_fine; then imu: text8,
#   name: text8, runner: text8, foot: text8, firmware: text8
START_FACTS = "<8sQHBHBBb"
# reason, pages, samples, overruns, events
END_FACTS = "<BIIHI"
# magic, format, sequence, crc
SECTOR_MARK = "<BBII"

# Why a request was refused
ERROR_UNKNOWN_MESSAGE = const(1)
ERROR_BAD_PAYLOAD = const(2)
ERROR_WRONG_BOOT = const(3)
ERROR_RECORDING = const(4)
ERROR_NOT_RECORDING = const(5)
ERROR_FLASH_FULL = const(6)
ERROR_NO_SENSOR = const(7)
ERROR_NOT_OWNER = const(8)
ERROR_NO_SUCH_REEL = const(9)
ERROR_BAD_VALUE = const(10)
ERROR_LOW_BATTERY = const(11)
ERROR_PREPARING = const(12)

# What a node is used for
ROLE_TAG = const(0)
ROLE_BELT = const(1)
ROLE_SLATE = const(2)

# Why the node started
RESET_UNKNOWN = const(0)
RESET_POWER_ON = const(1)
RESET_SOFT = const(2)
RESET_WATCHDOG = const(3)
RESET_CRASH = const(4)
RESET_LOW_BATTERY = const(5)

# Bits of HELLO's capabilities
CAP_GYRO = const(1)
CAP_REELS = const(2)
CAP_LAMP = const(4)
CAP_BATTERY = const(8)
CAP_REPL = const(16)

# What the node is doing
STATE_IDLE = const(0)
STATE_RECORDING = const(1)
STATE_PREPARING = const(2)
STATE_ARMED = const(3)

# Why a reel ended
REASON_OPEN = const(0)
REASON_STOPPED = const(1)
REASON_FULL = const(2)
REASON_LOW_BATTERY = const(3)
REASON_MAX_SECONDS = const(4)
REASON_SENSOR_LOST = const(5)

# What begins a reel
START_TIME = const(0)
START_MOTION = const(1)

# What the lamp shows
LAMP_AUTO = const(0)
LAMP_OFF = const(1)
LAMP_ON = const(2)
LAMP_BLINK = const(3)

# How much a LOG line matters
LOG_DEBUG = const(0)
LOG_INFO = const(1)
LOG_WARNING = const(2)
LOG_ERROR = const(3)

# What happened
EVENT_IC = const(1)
EVENT_TC = const(2)
EVENT_STRIDE = const(3)
EVENT_HIT = const(4)
EVENT_LIMP = const(5)
EVENT_FALL = const(6)
EVENT_REEL = const(7)
EVENT_GAP = const(8)
EVENT_BATTERY = const(9)
EVENT_BELT = const(10)

# Bits of an event's flags
FLAG_RUNNING = const(1)
FLAG_CLIPPED_ACCEL = const(2)
FLAG_CLIPPED_GYRO = const(4)
FLAG_REVISED = const(8)
FLAG_UNCERTAIN = const(16)
FLAG_PROVISIONAL = const(32)

# First parameter of a REEL event
REEL_STARTED = const(1)
REEL_CLOSED = const(2)

# Fourth parameter of a LIMP event
LIMP_AMBER = const(1)
LIMP_RED = const(2)

# Fourth parameter of a FALL event
FALL_STUMBLE = const(1)
FALL_FALL = const(2)

# What a page's payload holds
PAGE_SAMPLES = const(1)
PAGE_EVENTS = const(2)
PAGE_START = const(3)
PAGE_END = const(4)

# Bits of a page's flags
PAGE_FLAG_LOST = const(1)

# Pages and flash
PAGE_SIZE = const(256)
PAGE_MAGIC = const(167)
PAGE_FORMAT = const(1)
PAGE_HEADER_SIZE = const(36)
PAGE_ROOM = const(216)
PAGE_CRC_AT = const(252)
EVENTS_PER_PAGE = const(13)
SAMPLES_PER_BLOCK = const(8)
SECTOR_SIZE = const(4096)
PAGES_PER_SECTOR = const(15)
MARK_MAGIC = const(94)
MARK_FORMAT = const(1)
MARK_FREED_AT = const(128)
# Offsets in a page's header
AT_MAGIC = const(0)
AT_KIND = const(1)
AT_FORMAT = const(2)
AT_FLAGS = const(3)
AT_BOOT_ID = const(4)
AT_REEL_ID = const(8)
AT_INDEX = const(12)
AT_TICK = const(16)
AT_PERIOD = const(20)
AT_COUNT = const(22)
AT_USED = const(23)
AT_ANCHOR_TICK = const(24)
AT_ANCHOR_US = const(28)
AT_ANCHOR_WRAPS = const(32)
AT_TEMPERATURE = const(34)
