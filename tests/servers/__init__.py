"""MDM servers for the conformance suite: a correct one as small as can be (``Reference``), unusual
ones that are correct (``CORRECT``), and wrong ones (``WRONG``)."""

from .correct import CORRECT, Asynchronous, OffersAgainAfterTheNextAnswer
from .declared import DECLARING, Declares
from .linked import KeepsLinkedLists
from .reference import Enrolls, Plist, Reference
from .wrong import WRONG, DropsOnNotNow, FailsOnAnEmptyQueue, Rotates

__all__ = [
    "CORRECT",
    "DECLARING",
    "WRONG",
    "Asynchronous",
    "Declares",
    "DropsOnNotNow",
    "Enrolls",
    "FailsOnAnEmptyQueue",
    "KeepsLinkedLists",
    "OffersAgainAfterTheNextAnswer",
    "Plist",
    "Reference",
    "Rotates",
]
