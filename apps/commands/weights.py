"""`squeezeseg weights`: files of weights verified and signed; updates that send only what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from apps import console
from apps.options import JsonOption

PublicKeyOption = Annotated[
    Path | None, typer.Option("--key", metavar="PUBLIC", help="The .pub file of the key that must have signed it.")
]
SigningKeyOption = Annotated[
    Path | None, typer.Option("--sign", metavar="PRIVATE", help="Sign it with this key of 'weights keygen'.")
]


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The .sqz file that is there.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The one that it should become.")],
    out: Annotated[Path, typer.Option("--out", metavar="PATCH", help="The patch to write.")],
    private: SigningKeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what changed between two .sqz files of weights as a patch."""
    from squeezeseg.weights.patch import write_patch
    from squeezeseg.weights.signature import read_private_key

    key = None if private is None else read_private_key(private)
    _tell(out, write_patch(old, new, out, key), new.stat().st_size, as_json=as_json)


def patch(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The .sqz file that is there.")],
    patch_file: Annotated[Path, typer.Argument(metavar="PATCH", help="What 'squeezeseg weights diff' wrote.")],
    out: Annotated[Path, typer.Option("--out", metavar="NEW", help="The file to write; OLD may be its name.")],
    public: PublicKeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the new .sqz file of an old one and a patch: the same bytes, or an error.

    With --key, a patch that this key hasn't signed is refused.
    """
    from squeezeseg.weights.patch import patch_weights
    from squeezeseg.weights.signature import read_public_key

    key = None if public is None else read_public_key(public)
    _tell(out, patch_weights(old, patch_file, out, key), None, as_json=as_json)


def verify(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A .sqz file, or a patch of such files.")],
    public: PublicKeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read all of a .sqz file: checksum, structure, every tensor, the card; with --key its signature too.

    Of a patch whatever can be told without the file that it is for. The exit status is 1 if it can't be used.
    """
    from squeezeseg.weights.model import find_weights
    from squeezeseg.weights.signature import read_public_key
    from squeezeseg.weights.verification import verify_weights

    path = find_weights(file)
    found = verify_weights(path, None if public is None else read_public_key(public))
    if as_json:
        console.print_json({"file": str(path), **found.as_dict()})
    elif found.problem is None:
        assert found.card is not None
        what = "patch that makes" if found.kind == "patch" else "weights of"
        console.say(
            f"[bold]{escape(str(path))}[/bold]: {what} {escape(found.card.model)}, {found.size:,} bytes, "
            f"{found.numbers:,} numbers in {found.tensors} tensors; all is right"
        )
        if found.signature_held:
            console.say(f"signed with the key {found.signed_with}: that is right, too")
        elif found.signed_with:
            console.say(f"signed with the key {found.signed_with}: not checked, give --key")
        else:
            console.say("not signed", style="dim")
    else:
        console.error(f"{path}: {found.problem}; don't use it, get it again")
    if found.problem is not None:
        raise typer.Exit(1)


def keygen(
    out: Annotated[Path, typer.Argument(metavar="PRIVATE", help="The file of the new private key.")],
    as_json: JsonOption = False,
) -> None:
    """Make a key to sign weights with: the private one, to be kept, and PRIVATE.pub, to be given away."""
    from squeezeseg.weights.signature import PUBLIC_SUFFIX, make_keys

    name = make_keys(out)
    public = f"{out}{PUBLIC_SUFFIX}"
    if as_json:
        console.print_json({"key": name, "private": str(out), "public": public})
        return
    console.say(f"key {name}: [bold]{escape(str(out))}[/bold], which only you can read; keep it to yourself")
    console.say(f"for those who check: [bold]{escape(public)}[/bold]")


def sign(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .sqz file, or a patch of such files.")],
    private: Annotated[Path, typer.Option("--key", metavar="PRIVATE", help="A key of 'weights keygen'.")],
    as_json: JsonOption = False,
) -> None:
    """Sign a .sqz file or a patch: the signature becomes a part of it, in the place of an earlier one."""
    from squeezeseg.weights.signature import read_private_key
    from squeezeseg.weights.verification import sign_weights

    name = sign_weights(file, read_private_key(private))
    if as_json:
        console.print_json({"file": str(file), "bytes": file.stat().st_size, "signed_with": name})
        return
    console.say(f"[bold]{escape(str(file))}[/bold], signed with the key {name}")


def _tell(file: Path, size: int, whole: int | None, *, as_json: bool) -> None:
    if as_json:
        console.print_json({"file": str(file), "bytes": size} | ({} if whole is None else {"whole_bytes": whole}))
        return
    share = "" if whole is None else f", {size / whole:.1%} of the whole"
    console.say(f"[bold]{escape(str(file))}[/bold], {size:,} bytes{share}")
