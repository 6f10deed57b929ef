"""Disguises of a Finnish personal identity code, and what looks like one and is none. Invented."""

DISGUISES = [
    "010190-123A", "x010190-123Ax", "id 311299A999y", "290200+1231", "010190a123a",
    "010124F9991", "010124Y999Y", "010190\u2212123A", "C1\n010190-123A",
    *(f"010190{hyphen}123A" for hyphen in "\u2010\u2011\u2012\u2013\u2014\u2015\ufe58\ufe63\uff0d"),
    "010190 - 123A", "010190 123A", "010190\u00a0-\u00a0123A", "010190\u00ad-123A", "01.01.90-123A",
    "010190_123A", "010190.123A",
    "".join(chr(ord(c) + 0xFEE0) for c in "010190-123A"),
]  # fmt: skip
WITHOUT_SIGN = ["010190123M", "0101901340", "Asia 010190123m."]  # the check character is right
NONE = [
    "010190123A",
    "320190-123A",
    "011390-123A",
    "000190-123A",
    "010190-12A",
    "010190G123A",
    "C00000001",
]
