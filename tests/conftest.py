"""Hypothesis profiles.

``steady`` is what a run uses unless told otherwise: the same examples each time, so that a change
fails because of the change. ``--hypothesis-profile matrix`` is the same with fewer examples, for
the other Pythons; ``--hypothesis-profile thorough`` draws many new ones, before a release.
"""

from hypothesis import settings

# No deadline: the machines that run this are shared, and time says nothing there.
settings.register_profile("steady", deadline=None, derandomize=True, max_examples=40)
settings.register_profile("matrix", settings.get_profile("steady"), max_examples=10)
settings.register_profile("thorough", deadline=None, max_examples=5_000, print_blob=True)
settings.load_profile("steady")
