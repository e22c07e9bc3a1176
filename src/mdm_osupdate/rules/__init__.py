"""The rules: what can be wrong with a message, why, and how to correct it. Data only.

Codes are never reused. The first digit is the family: 1 the document, 2 the values of a command,
3 the device, 4 the life cycle, 5 responses, 6 declarations.
"""

from collections.abc import Mapping
from types import MappingProxyType

from .commands import COMMANDS
from .declarations import DECLARATIONS
from .device import DEVICE
from .documents import DOCUMENTS
from .enrollment import ENROLLMENT
from .releases import RELEASES
from .responses import RESPONSES
from .rule import Example, Rule
from .settings import SETTINGS
from .several import SEVERAL

__all__ = ["RULES", "Example", "Rule"]

_ALL = (
    *DOCUMENTS,
    *COMMANDS,
    *DEVICE,
    *RESPONSES,
    *DECLARATIONS,
    *SETTINGS,
    *ENROLLMENT,
    *RELEASES,
    *SEVERAL,
)

RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.code: rule for rule in sorted(_ALL, key=lambda rule: rule.code)}
)
"""Every rule, by its code."""
