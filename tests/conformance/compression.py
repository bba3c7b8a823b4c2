"""RFC 7541: header compression."""
from kit import (COMPRESSION_ERROR, DATA, EMPTY_MESSAGE, END_STREAM, IGNORED, SERVED, SETTINGS, Table, connection, request,
                 settings)

TABLE = Table()
case, rows = TABLE.case, TABLE.rows
BROKEN = connection(COMPRESSION_ERROR)

# A good request, without a table: static entries and literals without indexing.
PLAIN = (b"\x83\x86" + b"\x04" + bytes([28]) + b"/grpc.health.v1.Health/Check" + b"\x01\x09localhost" +
         b"\x0f\x10\x10application/grpc")


def send_block(peer, block):
    peer.send(DATA, END_STREAM, peer.headers(block=block), EMPTY_MESSAGE)


def integer(number, bits, first=0):
    """An integer with a prefix of so many bits (5.1)."""
    most = (1 << bits) - 1
    if number < most:
        return bytes([first | number])
    number, out = number - most, [first | most]
    while number >= 128:
        out.append(0x80 | number & 0x7f)
        number >>= 7
    return bytes(out + [number])


def literal(name, value, first=0x40):
    return bytes([first]) + integer(len(name), 7) + name + integer(len(value), 7) + value


# ---- 2.3, 6.1: the tables

rows("6.1", SERVED, (("static entries and literals", PLAIN),), send_block)
rows("6.1", BROKEN, (("index 0", b"\x80" + PLAIN), ("an index beyond both tables", b"\xbe" + PLAIN),
                     ("an index of 2^31", integer(1 << 31, 7, 0x80) + PLAIN)), send_block)
rows("6.2", BROKEN, (("a literal whose name has an index beyond both tables", PLAIN + b"\x7e\x01v"),
                     ("the same without indexing", PLAIN + b"\x0f\x30\x01v"),
                     ("the same never indexed", PLAIN + b"\x1f\x30\x01v")), send_block)
rows("6.2", SERVED, (("a literal with incremental indexing", PLAIN + literal(b"x-a", b"1")),
                     ("a literal without indexing", PLAIN + literal(b"x-a", b"1", 0x00)),
                     ("a literal never indexed", PLAIN + literal(b"x-a", b"1", 0x10)),
                     ("an indexed entry of the dynamic table", PLAIN + literal(b"x-a", b"1") + b"\xbe"),
                     ("a name of the dynamic table", PLAIN + literal(b"x-a", b"1") + b"\x7e\x01" + b"2")), send_block)


@case("2.3.2", "the dynamic table goes on from request to request", SERVED)
def _(peer):
    send_block(peer, PLAIN + literal(b"x-a", b"1"))
    send_block(peer, PLAIN + b"\xbe")


@case("2.3.2", "the dynamic table is first in, first out", BROKEN)
def _(peer):
    send_block(peer, PLAIN + b"".join(literal(b"x-%d" % number, b"v" * 900) for number in range(5)))
    send_block(peer, PLAIN + b"\xc1")  # 65: the fourth newest entry is there
    assert peer.is_alive()
    send_block(peer, PLAIN + b"\xc2")  # 66: the fifth was evicted


# ---- 4: size of the dynamic table

@case("4.4", "an entry larger than the table empties it and is no error", SERVED)
def _(peer):
    send_block(peer, PLAIN + literal(b"x-a", b"1") + literal(b"x-b", b"v" * 4096))


@case("4.4", "... and the table is empty then", BROKEN)
def _(peer):
    send_block(peer, PLAIN + literal(b"x-a", b"1") + literal(b"x-b", b"v" * 4096) + b"\xbe")


rows("6.3", SERVED, (("a size update to 0", b"\x20" + PLAIN), ("a size update to 4,096", integer(4096, 5, 0x20) + PLAIN),
                     ("two size updates, down and up (4.2)", b"\x20" + integer(4096, 5, 0x20) + PLAIN)), send_block)
rows("6.3", BROKEN, (("a size update beyond SETTINGS_HEADER_TABLE_SIZE", integer(4097, 5, 0x20) + PLAIN),
                     ("a size update of 2^32-1", integer((1 << 32) - 1, 5, 0x20) + PLAIN)), send_block)
rows("4.2", BROKEN, (("a size update after a field", b"\x83\x20" + PLAIN[1:]),
                     ("a size update at the end", PLAIN + b"\x20")), send_block)


@case("4.3", "a size update evicts entries", BROKEN)
def _(peer):
    send_block(peer, PLAIN + literal(b"x-a", b"1"))
    send_block(peer, b"\x20" + PLAIN + b"\xbe")


@case("4.2", "the server acknowledges a smaller table, and says so before it encodes again", IGNORED)
def _(peer):
    peer.closed_call()
    peer.send(SETTINGS, 0, 0, settings(table=0))
    peer.read_until(lambda: peer.seen[-1].type == SETTINGS)
    peer.decoder.max_allowed_table_size = 0
    peer.closed_call()
    assert peer.decoder.header_table_size == 0


# ---- 5.1: integers

rows("5.1", BROKEN, (("an integer of eleven bytes", b"\xff" + b"\xff" * 9 + b"\x01" + PLAIN),
                     ("an integer that does not end", b"\xff\x80\x80"),
                     ("an integer of 2^63 as length", PLAIN + b"\x40" + integer(1 << 63, 7) + b"x")), send_block)
rows("5.1", SERVED, (("an integer with a needless byte", PLAIN + b"\x40\x03x-a\x7f\x80\x00" + b"v" * 127),), send_block)

# ---- 5.2: strings

rows("5.2", BROKEN, (("a name longer than the block", PLAIN + b"\x40\x7fx"), ("a value longer than the block", PLAIN + b"\x40\x01x\x05v"),
                     ("no value", PLAIN + b"\x40\x01x"), ("no name", PLAIN + b"\x40")), send_block)
rows("5.2", BROKEN, (("Huffman padding of more than seven bits", PLAIN + b"\x40\x01x\x82\x1f\xff"),
                     ("Huffman padding of zeros", PLAIN + b"\x40\x01x\x81\x18"),
                     ("the Huffman code EOS", PLAIN + b"\x40\x01x\x84\xff\xff\xff\xff"),
                     ("Huffman padding of eight bits and nothing else", PLAIN + b"\x40\x01x\x81\xff")), send_block)
rows("5.2", SERVED, (("Huffman padding of seven bits and less", PLAIN + b"\x40\x01x\x81\x1f"),
                     ("an empty Huffman string", PLAIN + b"\x40\x01x\x80")), send_block)
rows("7.1.3", SERVED, (("sensitive fields, never indexed", None),),
     lambda peer, _: peer.call(request(extra=[("x-secret", "s")])))
