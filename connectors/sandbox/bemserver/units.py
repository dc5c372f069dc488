"""Unit symbols: the part of pint's expressions that building data needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

Dimension = tuple[tuple[str, int], ...]


class UndefinedUnitError(ValueError):
    """The symbol is no unit expression that the platform knows."""


@dataclass(frozen=True, slots=True)
class Unit:
    """`base = value * factor + offset`, in base units of `dimension`."""

    dimension: Dimension
    factor: float
    offset: float = 0.0


_ENERGY = {"kg": 1, "m": 2, "s": -2}
_POWER = {"kg": 1, "m": 2, "s": -3}

# name -> (dimension, factor); a prefix may stand before those of _PREFIXED
_ATOMS: dict[str, tuple[dict[str, int], float]] = {
    "Wh": (_ENERGY, 3600.0), "W": (_POWER, 1.0), "VA": (_POWER, 1.0), "J": (_ENERGY, 1.0),
    "therm": (_ENERGY, 105505585.262), "BTU": (_ENERGY, 1055.05585262),
    "g": ({"kg": 1}, 1e-3), "t": ({"kg": 1}, 1000.0), "m": ({"m": 1}, 1.0), "l": ({"m": 3}, 1e-3),
    "L": ({"m": 3}, 1e-3), "s": ({"s": 1}, 1.0), "min": ({"s": 1}, 60.0), "h": ({"s": 1}, 3600.0),
    "d": ({"s": 1}, 86400.0), "day": ({"s": 1}, 86400.0), "hour": ({"s": 1}, 3600.0),
    "second": ({"s": 1}, 1.0), "A": ({"A": 1}, 1.0), "V": (_POWER | {"A": -1}, 1.0),
    "Hz": ({"s": -1}, 1.0), "Pa": ({"kg": 1, "m": -1, "s": -2}, 1.0),
    "bar": ({"kg": 1, "m": -1, "s": -2}, 1e5), "K": ({"K": 1}, 1.0), "kelvin": ({"K": 1}, 1.0),
    "lux": ({"cd": 1, "m": -2}, 1.0), "lx": ({"cd": 1, "m": -2}, 1.0),
    "%": ({}, 0.01), "percent": ({}, 0.01), "ppm": ({}, 1e-6), "count": ({}, 1.0),
    "EUR": ({"EUR": 1}, 1.0),  # this operator has loaded a definition of it, for prices
    "ratio": ({}, 1.0), "dimensionless": ({}, 1.0), "degree": ({}, 0.017453292519943295),
    "°C_HDD": ({"K": 1, "s": 1}, 86400.0), "°C_HDH": ({"K": 1, "s": 1}, 3600.0),
    "°F_HDD": ({"K": 1, "s": 1}, 48000.0), "°F_HDH": ({"K": 1, "s": 1}, 2000.0),
}  # fmt: skip
_PREFIXED = frozenset({"Wh", "W", "VA", "J", "g", "m", "l", "L", "s", "A", "V", "Hz", "Pa", "bar"})
_PREFIXES = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "m": 1e-3, "c": 1e-2, "h": 1e2, "µ": 1e-6}
_CELSIUS = Unit((("K", 1),), 1.0, 273.15)
_FAHRENHEIT = Unit((("K", 1),), 5 / 9, 459.67 * 5 / 9)
_ABSOLUTE = {
    "°C": _CELSIUS, "degC": _CELSIUS, "celsius": _CELSIUS,
    "°F": _FAHRENHEIT, "degF": _FAHRENHEIT, "fahrenheit": _FAHRENHEIT,
}  # fmt: skip
_TERM = re.compile(
    r"(?P<sign>[*/]?)\s*(?P<name>[^\W\d]+|%|°[CF]_HD[DH])(?P<power>(\^|\*\*)?-?\d)?\s*"
)


@cache
def unit(symbol: str) -> Unit:
    """The unit a symbol names. Raises UndefinedUnitError."""
    text = symbol.strip().replace("²", "^2").replace("³", "^3")
    if text in _ABSOLUTE:
        return _ABSOLUTE[text]
    if text.startswith("1/"):
        text = "ratio" + text[1:]
    return _expression(text)


def _expression(text: str) -> Unit:
    dimension: dict[str, int] = {}
    factor, position = 1.0, 0
    while position < len(text):
        term = _TERM.match(text, position)
        if term is None or bool(position) != bool(term["sign"]):
            raise UndefinedUnitError(text)
        if term["power"] and term["power"][0] not in "^*":
            raise UndefinedUnitError(text)  # `m3` is a name to pint, and an unknown one
        power = int(term["power"].lstrip("^*")) if term["power"] else 1
        power = -power if term["sign"] == "/" else power
        base, scale = _atom(term["name"])
        for name, exponent in base.items():
            dimension[name] = dimension.get(name, 0) + exponent * power
        factor *= scale**power
        position = term.end()
    return Unit(tuple(sorted(item for item in dimension.items() if item[1])), factor)


def _atom(name: str) -> tuple[dict[str, int], float]:
    if name in _ATOMS:
        return _ATOMS[name]
    base, prefix = name[1:], name[:1]
    if base in _PREFIXED and prefix in _PREFIXES:
        dimension, scale = _ATOMS[base]
        return dimension, scale * _PREFIXES[prefix]
    raise UndefinedUnitError(name)


@dataclass(frozen=True, slots=True)
class Conversion:
    """`converted = value * factor + offset`."""

    factor: float
    offset: float


def conversion(source: str, target: str) -> Conversion | None:
    """From one symbol to another; None when their dimensions differ."""
    one, other = unit(source), unit(target)
    if one.dimension != other.dimension:
        return None
    return Conversion(one.factor / other.factor, (one.offset - other.offset) / other.factor)


_NAMES = {
    "Wh": "watt_hour", "W": "watt", "VA": "volt_ampere", "J": "joule", "g": "gram", "m": "meter",
    "l": "liter", "L": "liter", "s": "second", "A": "ampere", "V": "volt", "Hz": "hertz",
    "Pa": "pascal", "h": "hour", "min": "minute", "K": "kelvin", "lx": "lux", "%": "percent",
    "°C": "degree_Celsius", "degC": "degree_Celsius", "°F": "degree_Fahrenheit",
    "degF": "degree_Fahrenheit", "": "dimensionless",
}  # fmt: skip
_PREFIX_NAMES = {"k": "kilo", "M": "mega", "G": "giga", "T": "tera", "m": "milli", "c": "centi",
                 "h": "hecto", "µ": "micro"}  # fmt: skip
_DIMENSIONS = {"kg": "mass", "m": "length", "K": "temperature", "A": "current",
               "cd": "luminosity", "EUR": "currency", "s": "time"}  # fmt: skip


def unlike(source: str, target: str) -> str:
    """What the platform says of units that do not convert; an expression is named as written."""
    return f"Cannot convert from {_described(source)} to {_described(target)}"


def _described(symbol: str) -> str:
    held = dict(unit(symbol).dimension)
    powers = [(f"[{name}]", held[base]) for base, name in _DIMENSIONS.items() if base in held]
    over = " * ".join(_powered(name, power) for name, power in powers if power > 0)
    under = "".join(f" / {_powered(name, -power)}" for name, power in powers if power < 0)
    text = f"{over or 1}{under}" if powers else "dimensionless"
    return f"'{_named(symbol)}' ({text})"


def _powered(name: str, power: int) -> str:
    return name if power == 1 else f"{name} ** {power}"


def _named(symbol: str) -> str:
    if symbol in _NAMES or symbol in _ATOMS:
        return _NAMES.get(symbol, symbol)
    prefix, base = _PREFIX_NAMES.get(symbol[:1]), _NAMES.get(symbol[1:])
    return f"{prefix}{base}" if prefix and base else symbol


def known(symbol: str) -> bool:
    """Whether the platform accepts the symbol."""
    try:
        unit(symbol)
    except UndefinedUnitError:
        return False
    return True
