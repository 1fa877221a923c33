"""Tests of cloud/printing."""
