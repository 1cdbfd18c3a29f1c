"""Returns when a window manager has announced itself on the display that is named."""

from __future__ import annotations

import sys

from Xlib import X, Xatom
from Xlib.display import Display

display = Display(sys.argv[1])
root = display.screen().root
root.change_attributes(event_mask=X.PropertyChangeMask)
announced = display.intern_atom("_NET_SUPPORTING_WM_CHECK")
while root.get_property(announced, Xatom.WINDOW, 0, 1) is None:
    display.next_event()
display.close()
