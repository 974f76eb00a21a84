"""Objects that Windows offers to programs (COM), called by the place of a method in their table.

Source of classes, interfaces and places: ``ShObjIdl_core.h`` of the Windows SDK.
"""

from __future__ import annotations

import ctypes
from typing import Any

_IN_PROCESS = 1


def named(text: str) -> Any:
    """A class or an interface by its name in braces, as Windows keeps it."""
    ole: Any = ctypes.OleDLL("ole32")  # type: ignore[attr-defined,unused-ignore]
    name = (ctypes.c_byte * 16)()
    ole.CLSIDFromString(ctypes.c_wchar_p(text), ctypes.byref(name))
    return name


class ComInterface:
    """One of them.

    Parameters
    ----------
    class_name, interface
        Names in braces.

    Raises
    ------
    OSError
        Where this Windows has none.
    """

    def __init__(self, class_name: str, interface: str) -> None:
        self._address = ctypes.c_void_p()
        ole: Any = ctypes.OleDLL("ole32")  # type: ignore[attr-defined,unused-ignore]
        made, wanted = named(class_name), named(interface)
        ole.CoCreateInstance(
            ctypes.byref(made), None, ctypes.c_int(_IN_PROCESS), ctypes.byref(wanted), ctypes.byref(self._address)
        )

    def call(self, place: int, *values: Any) -> None:
        """Call a method.

        Parameters
        ----------
        place
            In the table of the interface, from 0.
        values
            Of ctypes' types: with these the method is called, as the processor's rules want it.

        Raises
        ------
        OSError
            Where it answers a failure.
        """
        table = ctypes.cast(self._address, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))
        result: Any = ctypes.HRESULT  # type: ignore[attr-defined,unused-ignore]
        kinds = [type(value) for value in values]
        prototype: Any = ctypes.WINFUNCTYPE(result, ctypes.c_void_p, *kinds)  # type: ignore[attr-defined,unused-ignore]
        prototype(table.contents[place])(self._address, *values)
