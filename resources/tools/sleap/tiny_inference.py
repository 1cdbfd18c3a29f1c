# noqa: INP001 - run by path, in the tool's own environment
"""A small U-Net of sleap-nn, as it is trained for one animal with three nodes; for `tools check`."""


def one_picture(torch, device):
    """The shape of the confidence maps of one grey picture."""
    from omegaconf import OmegaConf
    from sleap_nn.architectures.model import Model

    backbone = OmegaConf.create(
        {
            "in_channels": 1,
            "kernel_size": 3,
            "filters": 8,
            "filters_rate": 1.5,
            "max_stride": 8,
            "stem_stride": None,
            "middle_block": True,
            "up_interpolate": True,
            "stacks": 1,
            "convs_per_block": 2,
            "output_stride": 2,
        }
    )
    heads = OmegaConf.create({"confmaps": {"part_names": ["a", "b", "c"], "sigma": 2.5, "output_stride": 2}})
    model = Model("unet", backbone, heads, "single_instance").to(device).eval()
    (maps,) = model(torch.zeros(1, 1, 64, 64, device=device)).values()
    return maps.shape
