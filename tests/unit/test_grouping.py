"""Groups by number: the same as a hash table gives, whatever the order of the keys.

Birth certificate: ``pandas.factorize``, an independent program.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from balance_analysis.measures.grouping import first_of, group_numbers, numbered, positions


@pytest.mark.parametrize("largest", [5, 10**9], ids=["keys of a small range", "keys far apart"])
@pytest.mark.parametrize("ascending", [True, False])
@given(data=st.data())
def test_keys_are_numbered_in_order_of_first_appearance(
    data: st.DataObject, largest: int, ascending: bool
) -> None:
    listed = data.draw(st.lists(st.integers(0, largest), max_size=30))
    keys = np.array(sorted(listed) if ascending else listed, dtype=np.int64)
    numbers, first = numbered(keys)
    expected = pd.factorize(keys)
    assert numbers.tolist() == expected[0].tolist()
    assert keys[first].tolist() == expected[1].tolist()
    assert (
        first.tolist() == first_of(numbers).tolist() == [listed_first(keys, int(key)) for key in expected[1]]
    )


def listed_first(keys: np.ndarray[Any, Any], key: Any) -> int:
    """The first position of a key by going through the list."""
    return int(keys.tolist().index(key))


@given(st.lists(st.integers(0, 50), unique=True, min_size=1), st.lists(st.integers(0, 60)))
def test_wanted_keys_are_found_where_they_stand(keys: list[int], wanted: list[int]) -> None:
    found = positions(np.array(keys), np.array(wanted, dtype=np.int64))
    assert found.tolist() == [keys.index(one) if one in keys else -1 for one in wanted]


def test_texts_and_their_categories_make_the_same_groups_and_a_missing_one_is_a_group() -> None:
    texts = pd.DataFrame({"place": ["b", None, "a", "b", None], "year": [2020, 2020, 2020, 2021, 2020]})
    for frame in (texts, texts.astype({"place": "category"})):
        numbers, first = group_numbers(frame, ["place", "year"])
        assert numbers.tolist() == [0, 1, 2, 3, 1]
        assert first.tolist() == [0, 1, 2, 3]


def test_keys_too_many_for_one_number_are_numbered_in_between() -> None:
    """Four keys of 2^16 different values each need 64 bits together."""
    values = np.arange(2**16) * 3
    frame = pd.DataFrame({name: np.roll(values, shift) for shift, name in enumerate("abcd")})
    numbers, _ = group_numbers(pd.concat([frame, frame], ignore_index=True), list("abcd"))
    assert numbers.tolist() == [*range(2**16), *range(2**16)]
