"""AlexNet, the yardstick of small networks."""

from __future__ import annotations

from squeezeseg.networks.backbones.description import Backbone


def alexnet() -> Backbone:
    """Krizhevsky et al., NIPS 2012, as Caffe has it: convolutions of two groups, 60,965,224 parameters.

    It only classifies: its fully connected layers, here convolutions as large as their input, hold 96 % of them.
    """
    stages = (
        ("conv_k11_s4_c96_p0_bn0",),
        ("pool_k3_s2_p0", "conv_k5_c256_g2_bn0"),
        ("pool_k3_s2_p0", "conv_k3_c384_bn0", "conv_k3_c384_g2_bn0", "conv_k3_c256_g2_bn0"),
        ("pool_k3_s2_p0", "conv_k6_c4096_p0_bn0", "conv_k1_c4096_bn0"),
    )
    return Backbone("alexnet", stages, ("conv_k1_c1000_bn0_id",), 227, 227)
