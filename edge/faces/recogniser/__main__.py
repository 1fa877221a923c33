"""`python -m edge.faces.recogniser`: started by the agent, spoken to over its pipes (`edge.faces.pipe`)."""

import os
import sys

from edge.faces.recogniser.process import main

if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # OpenCV may hold the camera's thread, and nothing is left to write
