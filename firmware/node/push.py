# The middle of a walker's push, from a ring of the pitch rate.
#
# It lies between the two instants at which the rate has three quarters of its depth: in walks checked by
# hand that scatters by 7 ms against 10 of the deepest point.

from micropython import const

_MOST = const(100)  # samples on either side: 60 ms at 1667 Hz, and more than the push at any slower rate


# How far the trough's middle lies after its deepest sample at place `at`, in 32nds of a sample; after: samples that
# follow it in the ring; sign: of the pitch axis.
# ptr16 loads are zero-extended: (x ^ 0x8000) - 0x8000 sign-extends them.
@micropython.viper
def middle(ring: ptr16, at: int, after: int, sign: int) -> int:
    deep = ((ring[at & 511] ^ 0x8000) - 0x8000) * sign
    level = deep * 3 >> 2
    if after > _MOST:
        after = int(_MOST)
    total = 0
    step = -1
    while step < 2:
        most = int(_MOST)
        if step > 0:
            most = after
        here = deep
        last = deep
        k = 0
        while k < most and here < level:
            last = here
            k += 1
            here = ((ring[(at + step * k) & 511] ^ 0x8000) - 0x8000) * sign
        way = k << 4
        if here > level:
            way -= (here - level << 4) // (here - last)
        total += way * step
        step += 2
    return total
