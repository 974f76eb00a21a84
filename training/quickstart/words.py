"""What a folder of cells holds, in plain words, and what keeps it from being trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from training.class_names import is_container
from training.data_config import LEAVE_OUT
from training.quickstart.look import FolderLook
from training.samples import Sample

FEWEST = 3
"""Different cells of each class: one to train, one to choose the epoch, one to judge."""
FEW = 100
"""Below so many pictures of a class figures say little."""
_SHOWN = 3


def obstacles(look: FolderLook) -> list[str]:
    """Sentences that say what must be put right before a configuration can be written; empty when nothing must."""
    found = [_unknown(name, count) for name, count in sorted(look.unknown.items())]
    if found:
        return found
    if look.layout == "c-nmc" and min(look.persons) < FEWEST:
        healthy, leukemic = look.persons
        found.append(
            f"The names are C-NMC's, but of {healthy} healthy and {leukemic} leukemic people nobody can be held out: "
            f"at least {FEWEST} of each class are needed. Add cells of more people."
        )
    for label, name in enumerate(("healthy", "leukemic")):
        cells = look.usable[label]
        if not cells:
            there = ", ".join(f"“{folder}”" for folder in look.named) or "none"
            found.append(
                f"There is no usable {name} cell: both classes are needed, each in a folder of its own. Folders of "
                f"classes found: {there}. Give the folder above them, or say --class NAME={name}."
            )
        elif cells < FEWEST:
            found.append(f"There are only {cells} {name} pictures; at least {FEWEST} are needed, many more to learn.")
    return found


def _unknown(name: str, count: int) -> str:
    if not name:
        return (
            f"{_images(count)} lie in no folder of a class, and their names do not tell it; put them into a folder "
            "“healthy” or “leukemic”."
        )
    return (
        f"“{name}” ({_images(count)}) is no class name that is known. Say what it is: "
        f"--class {_quoted(name)}=healthy, --class {_quoted(name)}=leukemic or --class {_quoted(name)}={LEAVE_OUT}."
    )


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name or "[" in name else name


def _images(count: int) -> str:
    return "1 picture" if count == 1 else f"{count:,} pictures"


def described(look: FolderLook) -> Iterator[str]:
    """One sentence or two for each thing that a person should know, in the order of their weight."""
    yield f"{_images(len(look.samples) + _damaged(look))} with a class in “{look.folder}”."
    yield from _classes(look)
    yield _people(look)
    yield from _copies(look)
    yield from _sizes(look)
    yield _background(look)
    yield from _odd(look)


def _damaged(look: FolderLook) -> int:
    return sum(look.sizes.values()) - len(look.samples) if sum(look.sizes.values()) > len(look.samples) else 0


def _classes(look: FolderLook) -> Iterator[str]:
    if look.layout == "c-nmc":
        yield "Classes from the names of the files, as C-NMC has them: " + _listed_counts(look.counts) + "."
        return
    for stands_for in ("healthy", "leukemic", LEAVE_OUT):
        own = {name: look.counts[name] for name, said in look.named.items() if said == stands_for}
        if own:
            title = "Left out" if stands_for == LEAVE_OUT else stands_for.capitalize()
            yield f"{title}: {_listed_counts(own)}."
    if sum(1 for said in look.named.values() if said == "leukemic") > 1:
        yield "The networks learn two classes, healthy and leukemic: the leukemic folders are taken together."
    parts = sorted({part for sample in look.samples for part in sample.inside.split("/")[:-1] if is_container(part)})
    if parts:
        yield (
            f"Parts of the set found ({', '.join(parts)}) are put together and dealt anew, so that copies of a picture "
            "stay on one side."
        )


def _listed_counts(counts: dict[str, int] | Counter[str]) -> str:
    return ", ".join(f"“{name}” {count:,}" for name, count in sorted(counts.items()))


def _people(look: FolderLook) -> str:
    if look.people is None:
        return (
            "People: nobody is named. The split goes by picture: people may be on both sides, and figures come out "
            "better than they are for a new person. If you know whose cells these are, put each person's into a folder "
            "inside the class and say --people-in-folders."
        )
    healthy, leukemic = look.persons
    few = (
        f" That is too few to hold people out ({FEWEST} of each class are needed): the split goes by picture."
        if min(healthy, leukemic) < FEWEST
        else " Nobody will stand on both sides of the split."
    )
    return f"People: {healthy} healthy and {leukemic} leukemic, by the names of files or folders.{few}"


def _copies(look: FolderLook) -> Iterator[str]:
    groups = look.twins
    if not groups:
        yield "Copies: none found, also not turned, mirrored or zoomed ones."
        return
    pictures = sum(len(group) for group in groups)
    exact = sum(count - 1 for count in Counter(sample.digest for sample in look.samples).values())
    yield (
        f"Copies: {pictures:,} pictures show {len(groups):,} cells more than once (turned, mirrored, zoomed or "
        f"the same file; {exact:,} exact). All pictures of a cell stay on one side of the split."
    )
    parted = sum(1 for group in groups if len({_part(sample) for sample in group}) > 1)
    if parted:
        yield (
            f"{parted:,} of these cells stand in more than one part of the set as it came (such as train and test): "
            "figures published on it are too good."
        )
    across = [group for group in groups if len({sample.label for sample in group}) > 1]
    if across:
        shown = "; ".join(" and ".join(f"“{s.file}”" for s in group[:_SHOWN]) for group in across[:_SHOWN])
        yield f"{len(across):,} cells stand under both classes and are left out: {shown}{_more(across)}."


def _part(sample: Sample) -> str:
    return next((part for part in sample.inside.split("/")[:-1] if is_container(part)), "")


def _more(things: Sequence[object]) -> str:
    more = len(things) - _SHOWN
    return f" and {more:,} more" if more > 0 else ""


def _sizes(look: FolderLook) -> Iterator[str]:
    common = look.sizes.most_common(_SHOWN)
    shown = ", ".join(f"{width}x{height} ({count:,})" for (width, height), count in common)
    if len(look.sizes) > 1:
        rest = len(look.sizes) - len(common)
        shown += f" and {rest} more sizes" if rest > 0 else ""
        yield f"Sizes: {shown}. All are brought to one size; cells of one microscope should have one."
    else:
        yield f"Size: {shown}."
    skewed = sum(count for (width, height), count in look.sizes.items() if width != height)
    if skewed:
        yield f"{_images(skewed)} not square: padded with black, not stretched."


def _background(look: FolderLook) -> str:
    if look.on_black > 0.95:
        return "Background: black, cells are cut out, as the program shows them to a network."
    share = f"{100 * (1 - look.on_black):.0f} %"
    if look.keeps_background:
        return (
            f"Background: {share} of the pictures show what lies around the cell; the program will show a network that "
            "too, 27 µm across. How wide these pictures are is not known: try the model on labeled cells before you "
            "trust it."
        )
    return (
        f"Background: {share} of the pictures show what lies around the cell, the others are cut out on black, as the "
        "program shows them. Keep one kind only."
    )


def _odd(look: FolderLook) -> Iterator[str]:
    unreadable = [problem for problem in look.problems if "different labels" not in problem]
    if unreadable:
        shown = " ".join(unreadable[:_SHOWN])
        yield f"{_images(len(unreadable))} cannot be read and left out: {shown}{_more(unreadable)}"
    if look.other_files:
        yield f"{look.other_files:,} other files are not looked at."
    inside = {part.casefold() for sample in look.samples for part in sample.inside.split("/")[:-1]}
    if {"original", "segmented"} <= inside:
        yield (
            "There are folders “Original” and “Segmented”: they usually show the same cells twice, with and without "
            "background. Give one of them as DATA."
        )
    if look.inner_folders and look.people is None:
        shown = ", ".join(f"“{name}”" for name in look.inner_folders[:_SHOWN])
        yield (
            f"Inside the classes there are folders ({shown}{_more(look.inner_folders)}). If each is a person, say "
            "--people-in-folders: then nobody stands on both sides of the split."
        )
    healthy, leukemic = look.usable
    if min(healthy, leukemic) and max(healthy, leukemic) > 5 * min(healthy, leukemic):
        yield f"The classes are uneven ({healthy:,} to {leukemic:,}): accuracy alone will look better than it is."
    if min(healthy, leukemic) < FEW:
        yield f"Fewer than {FEW} pictures of a class: enough to try that everything runs, not to learn from."
