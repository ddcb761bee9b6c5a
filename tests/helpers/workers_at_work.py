"""What tests let workers do: functions of a module, so that another process finds them."""

from __future__ import annotations

import os
import signal

import torch

from squeezeseg.distributed.gradients import shared
from squeezeseg.distributed.network import of_whole_batch, see_whole_batch
from squeezeseg.training.loop import train
from squeezeseg.training.losses import segmentation_loss

from .models import fresh_network
from .samples import make_store

CHANNELS = {"fast": 8, "squeezeseg": 5}
BATCH = 4


def steps_in_float64(workers, model, steps):
    """Weights and statistics after steps in which rounding plays no part; the loss is Lovasz' and cross entropy."""
    torch.manual_seed(1)
    network = fresh_network(model, 4, batch_norm=True).double()
    share, forward = workers.share(BATCH), network
    if workers.size > 1:
        see_whole_batch(network, workers, BATCH)
        forward = shared(network, workers, workers.exchange.hook, 2)
    optimiser = torch.optim.AdamW(network.parameters(), 1e-3)
    network.train()
    for step in range(steps):
        torch.manual_seed(step)
        x, y = torch.randn(BATCH, CHANNELS[model], 4, 64).double(), torch.randint(0, 4, (BATCH, 4, 64))
        logits = of_whole_batch(forward(x[share.start : share.stop])["logits"], workers, BATCH)
        optimiser.zero_grad()
        torch.autograd.backward(segmentation_loss(logits, y, torch.ones(4).double(), 0.0, 1.0))
        optimiser.step()
    return {name: value.numpy() for name, value in network.state_dict().items()}


def trained(workers, settings, folder, options=None, around=True):
    """A training run of make_store's samples: bytes by purpose in the last step."""
    train(settings, make_store(around=around), folder, workers=workers, **(options or {}))
    return dict(workers.traffic.last)


def interrupted(workers, settings, folder, step):
    """The same run, of which worker 1 hears SIGINT in a step; whether it ended by that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def on_step(at):
        if workers.rank == 1 and (at.phase, at.step) == ("network", step - 1):
            forward = torch.nn.Conv2d.forward

            def late(*arguments):
                torch.nn.Conv2d.forward = forward
                signal.raise_signal(signal.SIGINT)
                return forward(*arguments)

            torch.nn.Conv2d.forward = late

    try:
        train(settings, make_store(), folder, workers=workers, on_step=on_step)
    except KeyboardInterrupt:
        return True
    return False


def on_discs_of_their_own(workers, settings, folders):
    """The same run where workers see different folders: what the first one's holds at its end."""
    train(settings, make_store(), folders[workers.rank], workers=workers)
    return sorted(path.name for path in folders[workers.rank].iterdir())


def refused(workers, runs):
    """The messages of runs that are refused: settings, folder and the frames that each worker's store has."""
    messages = []
    for settings, folder, frames in runs:
        try:
            train(settings, make_store(frames[workers.rank]), folder, workers=workers)
        except Exception as error:
            messages.append(f"{type(error).__name__}: {error}")
        else:
            messages.append("")
    return messages


def killed(workers, settings, folder, step):
    """The message of the first worker where the other one is killed after a step."""

    def on_step(at):
        if workers.rank == 1 and at.step == step:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        train(settings, make_store(), folder, workers=workers, on_step=on_step)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def shares(workers, batch):
    """What each worker gathers of samples that are numbered."""
    own = torch.tensor([[float(number)] for number in workers.share(batch)])
    return workers.gather(own, batch).flatten().tolist(), workers.numbers(10 * workers.rank)
