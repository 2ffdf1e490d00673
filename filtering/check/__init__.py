"""What is wrong with a convolve of your own."""

from filtering.check.diagnose import check_function

__all__ = ["check_function"]
