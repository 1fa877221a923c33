"""The program that paints a wall's page: started, watched by its own pixels, started again."""

from typing import Final

#: A browser that we run has its page up within this, also on a small machine that has just been switched on.
COMES_S: Final = 40.0
