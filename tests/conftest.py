"""Hypothesis profiles.

``steady`` is what a run uses unless told otherwise: the same examples each time, so that a change
fails because of the change. ``--hypothesis-profile matrix`` is the same with fewer examples, for
the other Pythons; ``--hypothesis-profile thorough`` draws many new ones, before a release.
"""

from hypothesis import HealthCheck, Phase, settings

# The machines that run this are shared, and time means nothing there.
timeless = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
# ``find`` would explain what it finds, which costs far more than to find it.
brief = settings(timeless, phases=[phase for phase in Phase if phase is not Phase.explain])
settings.register_profile("steady", brief, derandomize=True, max_examples=25)
settings.register_profile("matrix", settings.get_profile("steady"), max_examples=10)
settings.register_profile("thorough", timeless, max_examples=5_000, print_blob=True)
settings.load_profile("steady")
