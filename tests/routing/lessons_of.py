"""A handful of invented shipped examples, so that a training takes a second."""

import csv

THINGS = ("car", "van", "bus", "bike", "truck", "tent", "boat", "lamp", "desk", "phone", "oven", "drill")
SAYINGS = {
    "support": "My {} is broken since yesterday, please help",
    "sales": "What does the new {} cost, and may I try it",
    "noise": "Win a free {} now, click here",
}


def shipped(folder):
    """A folder with a file of examples for each of three departments."""
    for slug, saying in SAYINGS.items():
        with (folder / f"{slug}.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["text", "intents", "sentiment"])
            rows.writerows([saying.format(thing), "", "0"] for thing in THINGS)
    return folder
