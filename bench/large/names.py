"""Names of people by the million, from several scripts; some are frequent, most are rare."""

import numpy as np

_FIRST = (
    "Anna Ben Carla David Emma Felix Greta Hannah Ivan Julia Karl Laura Marco Nina Oscar Paula Quentin Rosa Stefan Tina"
    " Ulrich Vera Walter Xenia Yusuf Zoë Amara Björn Chloé Dimitri Élodie François Gülay Håkan Ingrid José Katarzyna"
    " Łukasz Márta Noémie Óscar Petra Renée Søren Tomáš Uwe Václav Wanjiru Ximena Yara Zeynep Aiko Chen Fatima Haruto"
    " Jin Kofi Leila Mei Nadia Omar Priya Rahul Sakura Tariq Uma Wei Yuki Zainab Dana Jonas Klara Rafael Tomasz Mia"
)
_OTHERS = "Дмитрий Ольга Сергей Ирина Δήμητρα Γιώργος Ελένη 晴斗 美咲 伟 芳 محمد ليلى خالد"
_STEMS = (
    "Ache Bauer Berg Brand Carl Dahl Dorn Eber Falk Feld Fisch Gold Grün Hall Hart Heim Holm Jans Kauf Kess Klein Krag"
    " Lang Lind Lund Mar Meyer Mort Nord Ober Palm Pett Quist Rasm Reich Rosen Sand Schul Stein Sund Thor Ulm Vest"
    " Wald Weber Wein Wolf Zahn Zell Abra Bonav Castell Delac Esteb Fonta Garib Hernan Ibarr Jimen Lafor Montal"
    " Navarr Olivei Pasqu Quirog Rivier Santor Torral Urrut Valdiv Ximen Zamor Kowal Nowak Petrov Horvát Szabó Novák"
)
_ENDINGS = (
    " er mann berg sen son stein bach hof wald meier ström quist lund dorf haus feld rup gaard by dal vik holm nes stad"
    " ini ello etti ari oni ez es eira inho aux eau ier ard ot in on ski czyk wicz ov ova enko idis opoulos yan shvili"
    " land worth ton ham ley field well ford wick more"
)
_SURNAMES_ELSEWHERE = "Иванов Петрова Παππά Νικολάου 佐藤 田中 王 李 الخطيب حداد"


def names(count: int, seed: int) -> list[str]:
    """So many names, the same ones for the same seed."""
    chance = np.random.default_rng(seed)
    given, others, elsewhere = _FIRST.split(), _OTHERS.split(), _SURNAMES_ELSEWHERE.split()
    surnames = [stem + ending for ending in _ENDINGS.split(" ") for stem in _STEMS.split()]
    np.random.default_rng(13).shuffle(surnames)
    # The cube makes the first ones of a list frequent and its last ones rare.
    first = (chance.random(count) ** 2 * len(given)).astype(int).tolist()
    last = (chance.random(count) ** 3 * len(surnames)).astype(int).tolist()
    middle = chance.integers(0, 2000, count).tolist()
    found = []
    for one, two, three in zip(first, last, middle, strict=True):
        if three < 60:
            found.append(f"{others[three % len(others)]} {elsewhere[three % len(elsewhere)]}")
        elif three < 260:
            found.append(f"{given[one]} {surnames[two]}-{surnames[(two + three) % len(surnames)]}")
        else:
            found.append(f"{given[one]} {surnames[two]}")
    return found
