# Byte and word kernels that run for every page and every frame. Viper, because the built-in crc32 returns a number that
# does not fit a small int on a 32-bit board: it would be boxed, and the heap is locked where these run.
import micropython


@micropython.viper
def _fill_table(table: ptr32):
    # 0xEDB88320 itself is no small int on the board and would turn the arithmetic into objects.
    poly = 0x3B6E20C8
    poly <<= 2
    mask = 0x3FFFFFFF
    mask = (mask << 1) | 1
    for i in range(256):
        c = int(i)
        for _ in range(8):
            if c & 1:
                c = ((c >> 1) & mask) ^ poly
            else:
                c = (c >> 1) & mask
        table[i] = c


CRC_TABLE = bytearray(1024)
_fill_table(CRC_TABLE)


# CRC-32 of buf[0:n], written little-endian at out[at:at+4].
@micropython.viper
def crc32_put(table: ptr32, buf: ptr8, n: int, out: ptr8, at: int):
    crc = -1
    for i in range(n):
        crc = ((crc >> 8) & 0xFFFFFF) ^ table[(crc ^ buf[i]) & 255]
    crc = crc ^ -1
    out[at] = crc
    out[at + 1] = crc >> 8
    out[at + 2] = crc >> 16
    out[at + 3] = crc >> 24


# 1 when buf[n:n+4] is the CRC-32 of buf[0:n].
@micropython.viper
def crc32_good(table: ptr32, buf: ptr8, n: int) -> int:
    crc = -1
    for i in range(n):
        crc = ((crc >> 8) & 0xFFFFFF) ^ table[(crc ^ buf[i]) & 255]
    crc = crc ^ -1
    wrong = (crc ^ buf[n]) | ((crc >> 8) ^ buf[n + 1]) | ((crc >> 16) ^ buf[n + 2]) | ((crc >> 24) ^ buf[n + 3])
    return 0 if wrong & 255 else 1


# COBS of src[0:n] with the closing zero; returns the length written. dst holds n + n // 254 + 2 bytes.
@micropython.viper
def cobs_encode(src: ptr8, n: int, dst: ptr8) -> int:
    code_at = 0
    out = 1
    code = 1
    for i in range(n):
        b = src[i]
        if b:
            dst[out] = b
            out += 1
            code += 1
        # A full group that ends the data opens no further group.
        if b == 0 or (code == 255 and i + 1 < n):
            dst[code_at] = code
            code_at = out
            out += 1
            code = 1
    dst[code_at] = code
    dst[out] = 0
    return out + 1


# Undoes COBS in place (n without the closing zero); returns the length, or -1 when the groups do not add up.
@micropython.viper
def cobs_decode(buf: ptr8, n: int) -> int:
    i = 0
    out = 0
    while i < n:
        code = buf[i]
        if code == 0 or i + code > n:
            return -1
        i += 1
        for _ in range(code - 1):
            buf[out] = buf[i]
            out += 1
            i += 1
        if code != 255 and i < n:
            buf[out] = 0
            out += 1
    return out


@micropython.viper
def fill(buf: ptr8, start: int, end: int, value: int):
    for i in range(start, end):
        buf[i] = value


@micropython.viper
def copy(dst: ptr8, dst_at: int, src: ptr8, src_at: int, n: int):
    for i in range(n):
        dst[dst_at + i] = src[src_at + i]


# 1 when buf[start:end] holds nothing but value.
@micropython.viper
def all_are(buf: ptr8, start: int, end: int, value: int) -> int:
    for i in range(start, end):
        if buf[i] != value:
            return 0
    return 1


# The place of the first zero in buf[start:end]; end when there is none.
@micropython.viper
def until_zero(buf: ptr8, start: int, end: int) -> int:
    while start < end and buf[start]:
        start += 1
    return start
