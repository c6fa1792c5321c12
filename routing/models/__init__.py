from routing.models.learning import Example, TrainedModel
from routing.models.noise import Block
from routing.models.products import Product
from routing.models.rules import Ruleset
from routing.models.service import Calendar, OpenInterval, Service, Step, Target

__all__ = [
    "Block",
    "Calendar",
    "Example",
    "OpenInterval",
    "Product",
    "Ruleset",
    "Service",
    "Step",
    "Target",
    "TrainedModel",
]
