"""The networks that can be built, and what each costs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from projection import InputError
from squeezeseg import networks, profiling
from squeezeseg.catalogue.kept_facts import KeptFacts
from squeezeseg.engines import installed
from squeezeseg.networks import ARCHITECTURES, Architecture, architecture, metaparameters, zoo
from squeezeseg.networks.backbones.description import Backbone

HEIGHT, WIDTH = 64, 512
"""Pixels of the front view, for which multiply-adds of range images are counted."""
_COUNTING = [Path(profiling.__file__).with_name(name) for name in ("counting.py", "layer.py")]


class Counts(NamedTuple):
    """parameters: without batch norm's where it is folded away. macs: multiply-adds for one image."""

    parameters: int
    macs: int


@dataclass(frozen=True)
class Entry:
    """A network that can be built.

    name: to ask for it by. network: its description. form: for range images, or as it was published.
    usual: whether it has a name of its own, or the head that its backbone usually has.
    """

    name: str
    network: Architecture | Backbone
    form: Literal["range image", "published"] = "range image"
    usual: bool = True

    @property
    def height(self) -> int:
        """Rows of the images that its multiply-adds are counted for."""
        return self.network.height if isinstance(self.network, Backbone) else HEIGHT

    @property
    def width(self) -> int:
        """Columns of these images."""
        return self.network.width if isinstance(self.network, Backbone) else WIDTH

    @property
    def key(self) -> str:
        """SHA-256 of the description: the same for the same network."""
        fields = asdict(self.network) if isinstance(self.network, Backbone) else self.network.as_dict()
        return hashlib.sha256(json.dumps([fields, self.height, self.width], sort_keys=True).encode()).hexdigest()


def range_image_entries() -> list[Entry]:
    """All networks for range images: those with a name of their own, then each backbone with each head that fits."""
    entries = [Entry(name, one) for name, one in ARCHITECTURES.items()]
    for name in zoo.BACKBONES:
        for head in zoo.heads(name):
            one = zoo.range_image_form(name, head)
            entries.append(Entry(one.name, one, usual=head == zoo.usual_head(name)))
    return entries


def published_entries() -> list[Entry]:
    """All backbones as they were published."""
    return [Entry(name, zoo.backbone(name), "published") for name in zoo.BACKBONES]


def entries_of(name: str) -> list[Entry]:
    """The network for range images of a name; of a backbone alone its published form as well.

    Raises:
        InputError: there is none.
    """
    found = []
    if metaparameters.split(name)[0] in zoo.BACKBONES and "+" not in name:
        try:
            published = zoo.backbone(name)
        except ValueError as error:
            raise InputError(f"unknown model {name!r}: {error}") from None
        found.append(Entry(published.name, published, "published"))
        if zoo.for_pictures(name):
            return found
    one = architecture(name)
    return [Entry(one.name, one), *found]


def counted(entries: Sequence[Entry], progress: Callable[[int], None] | None = None) -> dict[str, Counts]:
    """What entries cost, by their key; without those that nobody counted before where PyTorch isn't installed.

    Counts are kept in the user's cache, for counting all takes some ten seconds. progress: called with the number done.

    Raises:
        InputError: a network can't be built.
    """
    kept = KeptFacts(f"counts-{_version()}")
    found = {one.key: Counts(**fact) for one in entries if (fact := kept.get(one.key))}
    missing = [one for one in entries if one.key not in found]
    if missing and installed("torch"):
        from squeezeseg.profiling.counting import count

        for number, one in enumerate(missing, start=1):
            layers = count(one.network)
            found[one.key] = Counts(layers.parameters, layers.macs)
            if progress:
                progress(len(entries) - len(missing) + number)
        kept.keep({one.key: found[one.key]._asdict() for one in missing})
    return found


def _version() -> str:
    """A digest of all that counts depend on besides the descriptions: how networks are built, and counted."""
    digest = hashlib.sha256()
    for file in [*sorted(Path(networks.__file__).parent.rglob("*.py")), *_COUNTING]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
