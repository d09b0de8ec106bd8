"""How figures and messages are worded wherever they are shown."""


def duration(seconds: float) -> str:
    """Word a time: ``48 s``, ``3 min 20 s``, ``2 h 5 min``."""
    whole = round(max(0.0, seconds))
    if whole < 100:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def sentence(message: object) -> str:
    """Begin a message with a capital letter, and leave the rest as it is."""
    text = str(message)
    return f"{text[:1].upper()}{text[1:]}"
