from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from helpers.spaces import TOY

from projection import InputError
from squeezeseg.networks import ARCHITECTURES, architecture
from squeezeseg.networks.block import Block
from squeezeseg.networks.reach import reach
from squeezeseg.search.layer_case import cases_of
from squeezeseg.search.space import SPACES, Frame, Row, Space, named_space
from squeezeseg.search.space.membership import choices_for

all_spaces = pytest.mark.parametrize("space", [*SPACES.values(), TOY], ids=lambda space: space.name)


def test_fbnets_space_has_the_papers_number_of_networks():
    assert SPACES["fbnet"].size == 9**22


def test_a_small_space_is_counted():
    assert TOY.size == 2 * 2 * 3 * 3


@pytest.mark.parametrize("name", ["fbnet-a", "fbnet-b", "fbnet-c"])
def test_fbnets_are_of_fbnets_space(name):
    one = architecture(name)
    space = SPACES["fbnet"]
    choices = choices_for(space, one)
    assert choices is not None
    assert space.network(choices).stages == one.stages


def test_fast_is_of_the_space_for_range_images():
    fast, space = ARCHITECTURES["fast"], SPACES["range"]
    choices = choices_for(space, fast)
    assert choices is not None
    found = space.network(choices)
    assert (found.levels, found.head, found.encoding) == (fast.levels, fast.head, fast.encoding)
    assert Counter(cases_of(found, 64, 512)) == Counter(cases_of(fast, 64, 512))


@pytest.mark.parametrize("other", ["fast1", "squeezeseg", "fbnet-c"])
def test_other_networks_are_not(other):
    assert choices_for(SPACES["range"], architecture(other)) is None


@all_spaces
def test_what_is_drawn_is_of_the_space(space):
    random = np.random.default_rng(1)
    for _ in range(20):
        one = space.draw(random)
        choices = choices_for(space, one)
        assert choices is not None
        assert space.network(choices).name == one.name


@all_spaces
def test_a_networks_cases_are_those_of_its_slots(space):
    random = np.random.default_rng(2)
    for _ in range(20):
        choices = space.draw_choices(random)
        slots = Counter(case for slot in space.slots for case in space.slot_cases(slot, choices, 64, 512))
        assert slots == Counter(cases_of(space.network(choices), 64, 512))


@all_spaces
def test_a_table_of_all_cases_holds_those_of_any_network(space):
    cases = space.cases(64, 512)
    assert len(set(cases)) == len(cases) < 3000
    random = np.random.default_rng(3)
    for _ in range(20):
        assert set(cases_of(space.draw(random), 64, 512)) <= set(cases)


def test_all_heads_and_stems_of_the_space_for_range_images_fit():
    from squeezeseg.networks import Normalisation
    from squeezeseg.networks.build import build

    space = SPACES["range"]
    for frame in range(len(space.frames)):
        one = space.network((frame, *[0] * (len(space.decisions) - 1)))
        build(one, 4, Normalisation.of(one.encoding))


def test_of_every_network_for_range_images_it_is_known_how_far_it_sees():
    """Without that, no full turn is one pass."""
    space = SPACES["range"]
    for number, decision in enumerate(space.decisions):
        for option in range(len(decision.options)):
            choices = [0] * len(space.decisions)
            choices[number] = option
            assert reach(space.network(tuple(choices))) < 2048


def test_widths_are_multiples_of_sixteen():
    assert all(width % 16 == 0 for row in SPACES["range"].rows for width in row.widths)


def test_the_space_for_range_images_has_every_kind_of_block():
    kinds = {
        Block.parse(text.format(c=32, half=16, quarter=8)).kind
        for row in SPACES["range"].rows
        for option in row.blocks
        for text in option.split()
        if text != "skip"
    }
    assert kinds == {"res", "fire", "ir", "eesp"}


def test_drawing_goes_by_the_seed():
    space = SPACES["range"]
    one, same, other = (space.draw(np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert one == same != other


@pytest.mark.parametrize("choices", [(), (0, 0, 0, 0, 9), (0, 0, 0, 0, -1)])
def test_choices_of_another_space(choices):
    with pytest.raises(ValueError, match="space toy: has 5 decisions"):
        TOY.network(choices)


def test_an_unknown_space():
    with pytest.raises(InputError, match=r"unknown space 'rang', did you mean range\?; there are range, fbnet"):
        named_space("rang")


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ((Row((16,), ("conv_k3_c{c}", "conv_k3_s2_c{c}")),), "the ways into row 1 differ in their stride"),
        ((Row((16,), level=False),), "the last row must end a level"),
        ((), "the last row must end a level"),
    ],
)
def test_spaces_that_make_no_networks(rows, wrong):
    with pytest.raises(ValueError, match=wrong):
        Space("wrong", (Frame("fold_n4 conv_k3_c{c}", ("unfold",)),), rows)


def test_a_space_is_as_it_was_copied():
    assert replace(TOY, name="other").decisions == TOY.decisions
