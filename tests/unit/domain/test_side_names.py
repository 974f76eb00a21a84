"""What people's names of classes are taken to mean, and lists of them as people have them at hand."""

from __future__ import annotations

import pytest

from leukoscope.domain.side_names import listed_names, meaning_of


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Benign, Early,Pre , Pro", ("Benign", "Early", "Pre", "Pro")),
        ("['all', 'hem']", ("all", "hem")),
        ("{'hem': 1, 'all': 0}", ("all", "hem")),
        ("{0: 'all', 1: 'hem'}", ("all", "hem")),
        ("all\nhem\n", ("all", "hem")),
        ("[Malignant] early Pre-B, Benign", ("[Malignant] early Pre-B", "Benign")),
        ("{'hem': 1, 'all': 1}", ()),
        (" ", ()),
    ],
)
def test_lists_of_names_are_read_as_notebooks_print_them(text: str, names: tuple[str, ...]) -> None:
    assert listed_names(text) == names


def test_a_name_proposes_a_meaning_or_none() -> None:
    assert [meaning_of(one) for one in ("Benign", "hem", "ALL", "[Malignant] Pro-B", "Other")] == [
        "healthy", "healthy", "leukemic", "leukemic", "other",
    ]  # fmt: skip
    assert [meaning_of(one) for one in ("Neutrophils", "eos", "immature granulocytes (IG)", "Platelet", "NRBC")] == [
        "neutrophil", "eosinophil", "immature-granulocyte", "no-white-cell", "erythroblast",
    ]  # fmt: skip
    assert [meaning_of(one) for one in ("dog", "", "class_0", "lymphocyte or monocyte")] == ["", "", "", ""]
