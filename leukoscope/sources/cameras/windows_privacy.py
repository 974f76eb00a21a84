"""Whether Windows keeps its cameras from programs: a person or an administrator switched them off.

Windows opens such a camera and says no more than that it did not; what was chosen stands in the registry ("App access
to camera in Windows 10 and 11", the folder ``ConsentStore``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Literal

CONSENT = r"SOFTWARE\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore\webcam"
DESKTOP = rf"{CONSENT}\NonPackaged"
"""The switch for programs that did not come from Microsoft's store, as ours."""
DENIED = "Deny"
Top = Literal["user", "machine"]
PLACES: tuple[tuple[Top, str], ...] = (("machine", CONSENT), ("user", CONSENT), ("user", DESKTOP))


def registered(top: Top, key: str) -> str | None:
    """What a key of the registry says as ``Value``; None where there is none."""
    if sys.platform != "win32":
        return None
    import winreg

    begin = winreg.HKEY_CURRENT_USER if top == "user" else winreg.HKEY_LOCAL_MACHINE
    try:
        with winreg.OpenKey(begin, key, access=winreg.KEY_READ | winreg.KEY_WOW64_64KEY) as opened:
            return str(winreg.QueryValueEx(opened, "Value")[0])
    except OSError:
        # Never chosen: allowed.
        return None


def cameras_are_denied(read: Callable[[Top, str], str | None] = registered) -> bool:
    """Whether desktop programs may use no camera of this Windows; elsewhere never."""
    return any(read(top, key) == DENIED for top, key in PLACES)
