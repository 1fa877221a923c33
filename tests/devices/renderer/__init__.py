"""Tests of the renderer's parts."""
