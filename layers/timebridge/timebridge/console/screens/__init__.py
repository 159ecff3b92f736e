"""The screens, a module per area. They know the API and the templates, and nothing of what is behind."""

from timebridge.console.client import Refused as Refused
from timebridge.console.client import part as part
from timebridge.console.visits import Answer as Answer
from timebridge.console.visits import Screens as Screens
from timebridge.console.visits import Visit as Visit
