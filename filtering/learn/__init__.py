"""Find the kernel that turns one image into another."""

from filtering.learn.learner import Learned, learn_kernel

__all__ = ["Learned", "learn_kernel"]
