"""Tests of the faces of a station."""
