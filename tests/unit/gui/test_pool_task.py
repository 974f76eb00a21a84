from __future__ import annotations

import weakref

from PySide6.QtCore import QObject

from leukoscope.gui.pool_task import PoolTask


def test_a_task_that_is_done_holds_nothing_of_its_work() -> None:
    """PySide drops not every task that a pool has run; it may keep no window alive."""
    asking = QObject()
    gone, names = weakref.ref(asking), list[str]()
    task = PoolTask(lambda asking=asking: names.append(asking.objectName()))  # type: ignore[misc]
    del asking
    assert gone() is not None
    task.run()
    assert names == [""]
    assert gone() is None
