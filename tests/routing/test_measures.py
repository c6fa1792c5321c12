from routing.measures import Judged, report


def judged(department, best, decided=None, alternative="", certainty=0.9):
    return Judged(department, alternative, best, certainty, decided or best)


def test_figures_are_what_they_are_called():
    figures = report(
        [
            judged("support", "support"),
            judged("support", "sales", alternative="sales", certainty=0.8),
            judged("sales", "sales", decided="triage", certainty=0.4),
            judged("sales", "support", decided="triage", certainty=0.3),
        ],
        0.5,
    )
    assert (figures["accuracy"], figures["accuracy_with_alternatives"]) == (0.5, 0.75)
    assert (figures["macro_f1"], figures["accuracy_of_surest_half"]) == (0.5, 0.5)
    assert figures["departments"]["sales"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "messages": 2}
    assert figures["confusion"] == {"sales": {"sales": 1, "support": 1}, "support": {"sales": 1, "support": 1}}
    at = figures["at_threshold"]
    assert (at["triage"], at["accuracy"], at["accuracy_of_decided"]) == (0.5, 0.25, 0.5)
    assert at["accuracy_of_decided_with_alternatives"] == 1


def test_all_in_triage_divides_by_nothing():
    assert report([judged("support", "sales", decided="triage")], 1.0)["at_threshold"]["accuracy_of_decided"] == 0
