"""Whether a camera's picture is worth having: numbers of single pictures, what they mean over time, and who decodes.

`measures` turns a small grey picture into numbers (numpy, no I/O); `judge` says what they mean over time; `eye` is the
one process that decodes for all cameras of the agent, so that neither OpenCV nor a picture is ever in the agent.
"""
