"""What the RFCs say becomes of a session that receives an UPDATE or an OPEN: written from RFC 4271 section 6 and RFC 7606, and from
nothing of the daemon's."""
import struct
from dataclasses import dataclass, field

KEEP, RESET, EITHER = "keep", "reset", "either"


@dataclass
class Fate:
    """Of the session; `subcodes` are those that the NOTIFICATION may have (code 3, or 2 for an OPEN), empty for any."""
    what: str
    why: str = ""
    subcodes: tuple = ()
    withdrawn: list = field(default_factory=list)
    announced: list = field(default_factory=list)
    unsure: list = field(default_factory=list)  # prefixes of which nothing is said here


class Damage(Exception):
    def __init__(self, fate):
        self.fate = fate


def reset(why, *subcodes):
    raise Damage(Fate(RESET, why, subcodes))


def _prefixes(octets, bits, where):
    """RFC 7606 5.3."""
    out, at = [], 0
    while at < len(octets):
        length = octets[at]
        end = at + 1 + (length + 7) // 8
        if length > bits or end > len(octets):
            reset(f"{where} does not parse (7606 5.3)")
        out.append((bits, length, octets[at + 1:end]))
        at = end
    return out


# Optional and Transitive, as each attribute has them (RFC 4271 5, 1997, 4456, 4760, 4360, 6793, 8092, 9234).
FLAGS = {1: 0x40, 2: 0x40, 3: 0x40, 4: 0x80, 5: 0x40, 6: 0x40, 7: 0xC0, 8: 0xC0, 9: 0x80, 10: 0x80, 14: 0x80, 15: 0x80, 16: 0xC0, 17: 0xC0,
         18: 0xC0, 32: 0xC0, 35: 0xC0}


def _bad_path(value):
    """RFC 7606 7.2; RFC 5065 5 has confederation segments from an external neighbour malformed; RFC 7607: AS 0."""
    while value:
        if len(value) < 2 or value[1] == 0 or value[0] not in (1, 2) or len(value) < 2 + 4 * value[1]:
            return True
        if any(value[2 + 4 * n:6 + 4 * n] == b"\0\0\0\0" for n in range(value[1])):
            return True
        value = value[2 + 4 * value[1]:]
    return False


def _bad_hop(value):
    """RFC 4271 6.3: no valid host address."""
    return len(value) != 4 or value[0] in (0, 127) or value[0] >= 224


def _malformed(code, value):
    """"withdraw", "discard" or None, for an external session with four-octet AS numbers."""
    if code == 1:
        return "withdraw" if len(value) != 1 or value[0] > 2 else None
    if code == 2:
        return "withdraw" if _bad_path(value) else None
    if code == 3:
        return "withdraw" if _bad_hop(value) else None
    if code == 4:
        return "withdraw" if len(value) != 4 else None
    if code in (5, 9, 10):  # 7.5, 7.9, 7.10: of an external neighbour they are discarded whatever they hold
        return "discard"
    if code == 6:
        return "discard" if value else None
    if code == 7:
        return "discard" if len(value) != 8 or value[:4] == b"\0\0\0\0" else None
    if code == 8:
        return "withdraw" if not value or len(value) % 4 else None
    if code == 16:  # 7.14
        return "withdraw" if not value or len(value) % 8 else None
    if code == 32:  # RFC 8092 section 6
        return "withdraw" if not value or len(value) % 12 else None
    if code == 35:  # RFC 9234 section 5
        return "withdraw" if len(value) != 4 else None
    if code in (17, 18):  # RFC 6793 4.1: from a speaker with four-octet numbers they are discarded
        return "discard"
    return None


def judge_update(body, ours=b"", families=(1, 2)):
    """`ours`: the receiver's address on that link, a /24, which no route may lead to."""
    try:
        return _judge_update(body, ours, families)
    except Damage as damage:
        return damage.fate


def _judge_update(body, ours, families):
    if len(body) < 4:
        return Fate(RESET, "shorter than an UPDATE can be (4271 6.1)")
    withdrawn_length = struct.unpack_from("!H", body)[0]
    if withdrawn_length + 4 > len(body):
        reset("Withdrawn Routes Length is too large (7606 3.b)", 1)
    total = struct.unpack_from("!H", body, 2 + withdrawn_length)[0]
    if withdrawn_length + total + 4 > len(body):
        reset("Total Attribute Length is too large (7606 3.b)", 1)
    block = body[4 + withdrawn_length:4 + withdrawn_length + total]
    # What follows may be told first, whatever else is wrong: one reset is as good as another.
    problems = []
    # RFC 4760 section 3: where MP_REACH_NLRI alone announces, NEXT_HOP is ignored, whatever it holds.
    attributes, broken = _attributes(block, problems)
    fate = Fate(KEEP)
    fate.withdrawn += _prefixes(body[2:2 + withdrawn_length], 32, "Withdrawn Routes")
    fate.announced += _prefixes(body[4 + withdrawn_length + total:], 32, "NLRI")
    reaches = _multiprotocol(attributes, fate, families)
    if reaches and len(body) == 4 + withdrawn_length + total:
        problems = [problem for problem in problems if problem != "next hop"]
    problems = ["withdraw" if problem == "next hop" else problem for problem in problems]
    needed = {1, 2} | ({3} if any(bits == 32 for bits, *_ in fate.announced) and not reaches else set())
    if fate.announced and not needed <= set(attributes):
        problems.append("withdraw")  # 3.d
    if any(bits == 32 for bits, *_ in fate.announced) and 3 not in attributes:
        problems.append("withdraw")
    # 5.2: attributes other than MP_UNREACH_NLRI, an error that asks for more than a discard, and nothing reachable.
    if "withdraw" in problems and not fate.announced:
        if set(attributes) - {15} or broken:
            reset("an error where routes may hide (7606 5.2)")
    others = [value for code, value in attributes.items() if code in (14, 15) and value and (value[:2] not in (b"\0\1", b"\0\2") or value[2] != 1)]
    if "unknown" in problems and others:
        raise Damage(Fate(EITHER, "an unrecognized well-known attribute, about a family that is not ours"))
    if "unknown" in problems:
        reset("an unrecognized well-known attribute (4271 6.3)", 2)
    hop = attributes.get(3) if len(body) > 4 + withdrawn_length + total else None
    if ours and hop and (hop == ours or hop[:3] != ours[:3]):
        # 4271 5.1.3, 6.3: our own, or of no subnet that we share with a neighbour next door: logged, the route ignored, the session kept
        problems.append("withdraw")
    if "withdraw" in problems:
        if len({bits for bits, *_ in fate.announced}) == 2:
            fate.unsure = fate.announced
        fate.withdrawn, fate.announced = fate.withdrawn + fate.announced, []
        fate.why = "treat-as-withdraw"
    return fate


def _attributes(block, problems):
    """code -> value of those that count; whether their lengths contradicted the block's (7606 section 4)."""
    seen, at = {}, 0
    while at < len(block):
        extended = block[at] & 0x10
        if len(block) - at < (4 if extended else 3):
            problems.append("withdraw")
            return seen, True
        flags, code = block[at], block[at + 1]
        length = struct.unpack_from("!H", block, at + 2)[0] if extended else block[at + 2]
        start = at + (4 if extended else 3)
        if start + length > len(block):
            problems.append("withdraw")
            # Type and flags of the one that runs over are read by some and not by others: an overrun of 14 or 15 leaves no choice.
            if code in (14, 15):
                raise Damage(Fate(EITHER, "MP_REACH_NLRI or MP_UNREACH_NLRI runs over the attributes (7606 3.j: reset, or disable the family)"))
            seen.setdefault(code, None)
            return seen, True
        value, at = block[start:start + length], start + length
        if code in seen:
            if code in (14, 15):
                reset("MP attribute twice (7606 3.g)", 1)
            continue
        if code in FLAGS and (flags & 0xC0) != FLAGS[code]:
            if code in (14, 15):
                raise Damage(Fate(EITHER, "flags of an MP attribute (7606 5.3)"))
            if code in (17, 18):
                raise Damage(Fate(EITHER, "flags (7606 3.c) of what is to be discarded (6793 4.1)"))
            # 3.c, unless the attribute is discarded whatever it holds (7.5, 7.9, 7.10).
            problems.append("discard" if code in (5, 9, 10) else "next hop" if code == 3 else "withdraw")
        elif code not in FLAGS and not flags & 0x80:
            problems.append("unknown")
        elif wrong := _malformed(code, value):
            problems.append("next hop" if code == 3 else wrong)
        seen[code] = value
    return seen, False


def _multiprotocol(attributes, fate, families):
    """Adds what MP_REACH_NLRI and MP_UNREACH_NLRI hold; whether the first was there."""
    reach, unreach = attributes.get(14), attributes.get(15)
    if unreach is not None:
        if len(unreach) < 3:
            raise Damage(Fate(EITHER, "MP_UNREACH_NLRI shorter than 3 (7606 5.3)"))
        afi, safi = struct.unpack_from("!HB", unreach)
        if afi in families and safi == 1:
            fate.withdrawn += _mp_prefixes(unreach[3:], 32 if afi == 1 else 128)
    if reach is None:
        return False
    if len(reach) < 5:
        raise Damage(Fate(EITHER, "MP_REACH_NLRI shorter than 5 (7606 5.3)"))
    afi, safi, hop = struct.unpack_from("!HBB", reach)
    if 5 + hop > len(reach):
        raise Damage(Fate(EITHER, "next hop runs over the attribute (7606 7.11)"))
    if afi not in families or safi != 1:
        return True
    if hop not in ((4,) if afi == 1 else (16, 32)):
        raise Damage(Fate(EITHER, "next hop length (7606 7.11)"))
    found = _mp_prefixes(reach[5 + hop:], 32 if afi == 1 else 128)
    fate.announced += found
    return True


def _mp_prefixes(octets, bits):
    try:
        return _prefixes(octets, bits, "an MP attribute")
    except Damage as damage:
        raise Damage(Fate(EITHER, damage.fate.why)) from None


def judge_open(body, asn):
    """"keep" when the OPEN is to be answered with a KEEPALIVE."""
    if len(body) < 10:
        return Fate(RESET, "shorter than an OPEN can be (4271 6.1)")
    version, short, hold = struct.unpack_from("!BHH", body)
    wrong = []  # any of these may be told first
    if version != 4:
        wrong.append(1)
    if hold in (1, 2):
        wrong.append(6)
    if body[5:9] == b"\0\0\0\0":
        wrong.append(3)
    real, parameters, at = short, body[10:], 0
    if body[9] == 255 and len(body) > 12 and body[10] == 255:
        return Fate(EITHER, "extended parameters (RFC 9072)")
    if body[9] != len(parameters):
        return Fate(RESET, "Opt Parm Len is not that of the parameters", (*wrong, 0))
    while at < len(parameters):
        if len(parameters) - at < 2 or at + 2 + parameters[at + 1] > len(parameters):
            return Fate(RESET, "a parameter runs over", (*wrong, 0, 4))
        kind, value = parameters[at], parameters[at + 2:at + 2 + parameters[at + 1]]
        at += 2 + parameters[at + 1]
        if kind != 2:
            wrong.append(4)
        while kind == 2 and value:
            if len(value) < 2 or 2 + value[1] > len(value):
                return Fate(EITHER, "a capability runs over (RFC 5492 says nothing)")
            if value[0] == 65:
                if value[1] != 4:
                    return Fate(EITHER, "a four-octet AS of another length")
                real = struct.unpack_from("!I", value, 2)[0]
            elif value[0] not in (2,):
                if value[0] == 1 and value[1] != 4 or value[0] not in (1, 2, 65):
                    return Fate(EITHER, "a capability whose value may not be understood")
                if value[0] == 1 and value[2:6] not in (b"\0\1\0\1", b"\0\2\0\1"):
                    return Fate(EITHER, "other families")
            value = value[2 + value[1]:]
    if real != asn:
        wrong.append(2)
    elif short not in (asn, 23456) and not wrong:
        return Fate(EITHER, "My Autonomous System contradicts the capability (RFC 6793 says nothing)")
    return Fate(RESET, "refused", tuple(wrong)) if wrong else Fate(KEEP)
