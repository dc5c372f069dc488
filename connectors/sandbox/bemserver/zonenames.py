"""The zone names that the platform takes: 471 of the IANA database, without most aliases."""

from __future__ import annotations

from zoneinfo import available_timezones

COUNTRIES = ("Brazil/", "Canada/", "Chile/", "Mexico/", "SystemV/", "US/", "posix/", "right/")
ALIASES = {
    "Africa": "Asmera Timbuktu",
    "America": (
        "Argentina/ComodRivadavia Atka Buenos_Aires Catamarca Ciudad_Juarez "
        "Coral_Harbour Cordoba Coyhaique Ensenada Fort_Wayne Godthab Indianapolis Jujuy "
        "Knox_IN Louisville Mendoza Montreal Porto_Acre Rosario Santa_Isabel Shiprock "
        "Virgin"
    ),
    "Antarctica": "South_Pole",
    "Asia": (
        "Ashkhabad Calcutta Chongqing Chungking Dacca Harbin Istanbul Kashgar Katmandu "
        "Macao Nicosia Rangoon Saigon Tel_Aviv Thimbu Ujung_Pandang Ulan_Bator"
    ),
    "Atlantic": "Faeroe Jan_Mayen",
    "Australia": (
        "ACT Canberra Currie LHI NSW North Queensland South Tasmania Victoria West Yancowinna"
    ),
    "Etc": "UCT",
    "Europe": "Belfast Kiev Tiraspol",
    "Pacific": "Enderbury Johnston Ponape Samoa Truk Yap",
}
"""Other names of zones, and zones younger than the platform's list, by area."""
BARE = "CET CST6CDT EET EST EST5EDT GMT HST MET MST MST7MDT PST8PDT UTC WET"
"""Names without an area."""


def _kept() -> list[str]:
    refused = {f"{area}/{name}" for area, names in ALIASES.items() for name in names.split()}
    named = {name for name in available_timezones() if "/" in name and name not in refused}
    return sorted(BARE.split() + [name for name in named if not name.startswith(COUNTRIES)])


ZONES = dict.fromkeys(_kept())
"""In the platform's order."""
