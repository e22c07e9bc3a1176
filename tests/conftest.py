"""Hypothesis profiles: ``--hypothesis-profile thorough`` before a release."""

from hypothesis import settings

# No deadline: the machines that run this are shared, and time says nothing there.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, max_examples=300, derandomize=True, print_blob=True)
settings.register_profile("thorough", deadline=None, max_examples=5_000)
settings.load_profile("dev")
